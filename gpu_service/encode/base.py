"""What every JPEG encoder offers."""

from __future__ import annotations

from typing import Protocol

from gpu_service.frames import AnyPicture


class JpegEncoder(Protocol):
    """Encodes pictures; blocks, belongs in a worker thread.

    Baseline JPEG, 4:2:0, JFIF's full-range BT.601 YCbCr, whatever the backend.
    """

    def encode(self, picture: AnyPicture) -> bytes:
        """The picture as a JPEG file, scaled down first where it is wider than the maximum.

        :raises InputError: ``picture_too_large`` where JPEG can't hold it (65,500 pixels a side).
        :raises TransientError: ``gpu_memory``: the GPU has no room.
        :raises InternalError: the encoder has failed.
        """
        ...
