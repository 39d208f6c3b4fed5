"""Files of this machine."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import from_thread, to_thread

from gpu_service.errors import InputError, SourceChangedError, TransientError
from gpu_service.source.base import Pin

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HASH_BYTES = 1024 * 1024
_NEVER_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_DENIED = {errno.EACCES, errno.EPERM}


class PinnedFile(io.RawIOBase):
    """A file that refuses to go on once it has been written to.

    A file that was replaced by renaming another over it does no harm: the opened one is read on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.failure: Exception | None = None
        self.bytes_read = 0
        with self._translated():
            state = os.stat(path)
            # Opening a pipe would wait for its writer.
            if stat.S_ISDIR(state.st_mode):
                raise InputError(
                    f"{path} is a folder; give the videos in it one by one", reason="not_a_file"
                )
            if not stat.S_ISREG(state.st_mode):
                raise InputError(f"{path} is not a regular file", reason="not_a_file")
            self._file = io.FileIO(path, "rb")
            self._opened = self._state()

    @property
    def size(self) -> int:
        """In bytes, as it was opened."""
        return self._opened[0]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._file.tell(), os.SEEK_END: self.size}
        if whence not in base:
            raise ValueError(f"whence {whence} is not 0, 1 or 2")
        if base[whence] + offset < 0:
            raise ValueError(f"position {base[whence] + offset} is before the file's start")
        return self._file.seek(base[whence] + offset)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with self._translated():
            count = self._file.readinto(buffer) or 0
            self.check_unchanged()
        self.bytes_read += count
        return count

    def check_unchanged(self) -> None:
        """Compare size and time of the last write with those at opening.

        :raises SourceChangedError: when they differ.
        """
        state = self._state()
        if state != self._opened:
            how = f"{state[0]} bytes, was {self.size}" if state[0] != self.size else "same size"
            raise SourceChangedError(
                f"{self._path} was written to while being read ({how}); analyze it again when it "
                "is finished"
            )

    def close(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()
        super().close()

    def _state(self) -> tuple[int, int]:
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            try:
                yield
            except OSError as error:
                message = f"{self._path}: {error.strerror or error}"
                if error.errno in _NEVER_THERE:
                    raise InputError(message, reason="object_missing") from error
                if error.errno in _DENIED:
                    raise InputError(message, reason="access_denied") from error
                raise TransientError(message, reason="file_unreadable") from error
        except (InputError, TransientError) as error:
            self.failure = self.failure or error
            raise


class OpenFile:
    """An opened file; see :class:`~gpu_service.source.base.OpenSource`."""

    def __init__(self, pin: Pin, file: PinnedFile) -> None:
        self.pin = pin
        self.file = file

    @property
    def bytes_read(self) -> int:
        """Bytes read through ``file``; hashing for the pin does not count."""
        return self.file.bytes_read

    @property
    def waited_seconds(self) -> float:
        """Always 0: a disk's time is not told from the reader's."""
        return 0.0

    @property
    def failure(self) -> Exception | None:
        """The first error raised from ``file``."""
        return self.file.failure

    async def confirm(self) -> None:
        """Raise unless the file is still as it was opened.

        :raises SourceChangedError: it was written to.
        """
        await to_thread.run_sync(self.file.check_unchanged)


class FileSource:
    """A local file, pinned by the MD5 of its content."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def open(self) -> AsyncIterator[OpenFile]:
        """Hash the file in a worker thread, then let it be read until the block is left.

        :raises InputError: ``object_missing``, ``not_a_file``, ``access_denied``,
            ``empty_object``.
        :raises SourceChangedError: it was written to while being hashed.
        :raises TransientError: the disk fails.
        """
        opened = await to_thread.run_sync(_open, self._path)
        try:
            yield opened
        finally:
            opened.file.close()


def _open(path: Path) -> OpenFile:
    if "\0" in str(path):
        raise InputError(f"{str(path)!r} is not a path", reason="object_missing")
    file = PinnedFile(path)
    try:
        if file.size == 0:
            raise InputError(f"{path} is empty (0 bytes)", reason="empty_object")
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := file.read(_HASH_BYTES):
            from_thread.check_cancelled()
            digest.update(chunk)
        file.seek(0)
        file.bytes_read = 0
    except BaseException:
        file.close()
        raise
    return OpenFile(Pin(file.size, digest.hexdigest()), file)
