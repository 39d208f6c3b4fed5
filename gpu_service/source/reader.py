"""The seekable file that a worker thread reads; most reads are copies out of the block at hand."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from gpu_service.source.readahead import ReadAhead

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class ReadAheadFile(io.RawIOBase):
    """The worker thread's view of the object: read-only, seekable.

    ``read(n)`` gives ``n`` bytes unless the object ends.
    """

    def __init__(self, reader: ReadAhead) -> None:
        self._reader = reader
        self._position = 0
        self._view = memoryview(b"")
        self._view_start = 0

    @property
    def failure(self) -> Exception | None:
        """The first error raised from a read."""
        return self._reader.failure

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._view = memoryview(b"")
        super().close()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._reader.size}
        if whence not in base:
            raise ValueError(f"whence {whence} is not 0, 1 or 2")
        if base[whence] + offset < 0:
            raise ValueError(f"position {base[whence] + offset} is before the object's start")
        self._position = base[whence] + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size >= 0:
            offset = self._position - self._view_start
            if offset >= 0 and offset + size <= len(self._view):
                self._position += size
                return bytes(self._view[offset : offset + size])
        left = max(0, self._reader.size - self._position)
        data = bytearray(left if size is None or size < 0 else min(size, left))
        self.readinto(data)
        return bytes(data)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        target = memoryview(buffer).cast("B")
        wanted = min(len(target), max(0, self._reader.size - self._position))
        done = 0
        while done < wanted:
            self._turn_to(self._position)
            offset = self._position - self._view_start
            taken = min(wanted - done, len(self._view) - offset)
            target[done : done + taken] = self._view[offset : offset + taken]
            self._position += taken
            done += taken
        return done

    def _turn_to(self, position: int) -> None:
        if 0 <= position - self._view_start < len(self._view):
            return
        index = position // self._reader.block_bytes
        # The old block may be forgotten while the new one is fetched: hold no memory past that.
        self._view = memoryview(b"")
        self._view = memoryview(self._reader.block(index))
        self._view_start = index * self._reader.block_bytes
