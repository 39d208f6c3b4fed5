"""What every decoder offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Protocol

from gpu_service.frames import DetectorFrames, Picture
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes


class VideoDecoder(Protocol):
    """One opened video; every method blocks and belongs in a worker thread, one at a time.

    First :meth:`scan` to its end, then :meth:`times` and :meth:`pictures`.
    """

    backend: str
    """What decodes, as stored with the result: ``pyav/h264`` and the like."""

    time_base: Fraction

    declared_frames: int | None
    """From the header, for progress only; what was decoded counts."""

    def scan(self, chunk_frames: int = 64) -> Iterator[DetectorFrames]:
        """Decode the whole video once, in presentation order, in chunks of the model's frames.

        Damaged parts are skipped and counted in :attr:`damage`.

        :raises InputError: ``not_a_video``, ``no_video_stream``, ``no_frames``, ``unsupported``.
        """
        ...

    def times(self) -> FrameTimes:
        """When each decoded frame is on screen; after :meth:`scan`."""
        ...

    def pictures(self, pts: Iterable[int]) -> Iterator[Picture]:
        """Exactly the frames with these PTS, in increasing order, upright RGB with square pixels.

        A frame of the scan that can't be decoded again is left out, and counted in
        :attr:`damage`: only damaged videos have such.
        """
        ...

    @property
    def damage(self) -> Damage | None:
        """What was missing or broken so far, once scanned; None for a whole video."""
        ...

    def close(self) -> None:
        """Free the demuxer and decoders; the file stays open."""
        ...
