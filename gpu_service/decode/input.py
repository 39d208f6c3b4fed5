"""The file as libav reads it: what goes wrong in a read is kept and raised by us, not by libav."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast

from gpu_service.errors import GpuServiceError


class InputFile:
    """A read-only view of a seekable binary file, made for ``av.open``.

    libav turns an exception of a read callback into an error of its own, and PyAV prints a second
    one to stderr. So no exception passes through: the first one is kept, libav sees the end of the
    file, and :meth:`raise_failure` brings the original out once libav has returned.

    :param file: stays open; it belongs to the caller.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self._position = 0
        self._failure: BaseException | None = None
        self.size = file.seek(0, os.SEEK_END)
        """In bytes."""
        file.seek(0)
        self.waiting: Callable[[], AbstractContextManager[object]] = nullcontext
        """Entered for each read, which may wait for its bytes."""

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; nothing at the end, and after a failure."""
        if self._failure is not None:
            return b""
        try:
            with self.waiting():
                data = cast("bytes | None", self._file.read(size)) or b""
        except BaseException as error:  # noqa: BLE001 - raised again by raise_failure
            self._failure = error
            return b""
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; a place before the start becomes the start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        if self._failure is None:
            try:
                self._file.seek(self._position)
            except BaseException as error:  # noqa: BLE001 - raised again by raise_failure
                self._failure = error
        return self._position

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seekable(self) -> bool:
        """Always; PyAV asks."""
        return True

    def readable(self) -> bool:
        """Always; PyAV asks."""
        return True

    def fail(self, error: GpuServiceError) -> None:
        """From now on read nothing; :meth:`raise_failure` raises this, if nothing else before.

        Any thread.
        """
        if self._failure is None:
            self._failure = error

    def raise_failure(self) -> None:
        """Raise what a read raised, :meth:`fail` set, or the source kept in ``failure``."""
        if self._failure is not None:
            raise self._failure
        kept = getattr(self._file, "failure", None)
        if isinstance(kept, GpuServiceError):
            raise kept
