"""What every decoder offers."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from typing import Protocol

from gpu_service.frames import AnyDetectorFrames, AnyPicture
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes


class NoPicture(Enum):
    """Why :meth:`VideoDecoder.picture` has none."""

    LATER = "later"
    """Its packets have left the cache while the scan goes on: ask again after the scan."""
    LOST = "lost"
    """It can't be decoded a second time, which is counted in the damage."""


class VideoDecoder(Protocol):
    """One opened video; every method blocks and belongs in a worker thread.

    One thread runs :meth:`scan` to its end. Meanwhile another one may call :meth:`picture`,
    :meth:`times` comes after the scan.
    """

    backend: str
    """What decodes, as stored with the result: ``pyav/h264`` and the like."""

    time_base: Fraction

    declared_frames: int | None
    """From the header, for progress only; what was decoded counts."""

    def scan(self, chunk_frames: int = 64) -> Iterator[AnyDetectorFrames]:
        """Decode the whole video once, in presentation order, in chunks of the model's frames.

        Packets are kept in a cache meanwhile. Damaged parts are skipped and counted in
        :attr:`damage`.

        :raises InputError: ``not_a_video``, ``no_video_stream``, ``no_frames``, ``unsupported``.
        """
        ...

    def forget_before(self, pts: int) -> None:
        """Let the cache drop the packets that no picture at or after ``pts`` needs; any thread.

        ``pts`` is that of a frame that the scan has given.
        """
        ...

    def picture(self, pts: int) -> AnyPicture | NoPicture:
        """Exactly the frame with this PTS, upright RGB with square pixels.

        Of a frame that the scan has given, at any time, from one thread at a time; fastest when
        PTS increase. From the packets in the cache; after the scan, if they are no longer there,
        read again by range.

        :raises ValueError: no frame so far has this PTS.
        :raises GpuServiceError: reading failed.
        """
        ...

    def times(self) -> FrameTimes:
        """When each decoded frame is on screen; after :meth:`scan`."""
        ...

    @property
    def damage(self) -> Damage | None:
        """What was missing or broken so far, once scanned; None for a whole video."""
        ...

    def stop(self) -> None:
        """Have :meth:`scan` and :meth:`picture` end at their next packet, now and from now on.

        They raise :class:`~gpu_service.errors.InternalError` in their threads. Never blocks; any
        thread. :meth:`close` is still to be called.
        """
        ...

    def close(self) -> None:
        """Free the demuxer, decoders and cached packets; the file stays open."""
        ...
