"""What every source offers."""

from __future__ import annotations

import io
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pin:
    """The exact bytes that were opened.

    :param size: in bytes.
    :param etag: without quotes; for a file the MD5 of its content, as S3 gives a single-part put.
    :param version_id: where the bucket keeps versions.
    """

    size: int
    etag: str
    version_id: str | None = None


class OpenSource(Protocol):
    """An opened, pinned object.

    ``file`` is a seekable, read-only binary file for a worker thread that was started by
    ``anyio.to_thread.run_sync``; reading it in the event loop's own thread would deadlock. What
    goes wrong while reading is raised from ``file.read`` as a
    :class:`~gpu_service.errors.GpuServiceError`, and stays in ``failure`` since a demuxer may
    turn it into an error of its own.
    """

    @property
    def pin(self) -> Pin:
        """What was opened."""
        ...

    @property
    def file(self) -> io.RawIOBase:
        """Its bytes."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes of object bodies received so far, those received twice counted twice."""
        ...

    @property
    def waited_seconds(self) -> float:
        """How long the reader of ``file`` has waited for bytes so far."""
        ...

    async def confirm(self) -> None:
        """Make sure, once everything is read, that it was one and the same object throughout.

        :raises SourceChangedError: it was replaced or written to meanwhile.
        """
        ...

    @property
    def failure(self) -> Exception | None:
        """The first error met while reading."""
        ...


class Source(Protocol):
    """Opens one kind of address."""

    def open(self) -> AbstractAsyncContextManager[OpenSource]:
        """Pin the object and start reading ahead; leaving the block stops every read.

        :raises InputError: missing, denied, empty.
        :raises SettingsError: credentials are missing or wrong.
        :raises TransientError: unreachable or throttled past the attempts.
        """
        ...
