"""Exact pictures by PTS: from the packets in the cache, else read again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Generic

from gpu_service.decode.base import NoPicture
from gpu_service.decode.cache import NotCachedError
from gpu_service.decode.decoded import DecodedFrames, FramesByPacket
from gpu_service.decode.opened_file import OpenedFile
from gpu_service.decode.seek import AnyFrame, Decode, FrameSeeker, Packets
from gpu_service.frames import AnyPicture

_WIDEST_PIXEL = 10
"""A pixel more oblong than this is a broken header, and is taken as square."""

_MAX_SIDE = 65_500
"""What libjpeg holds."""


class Pictures(ABC, Generic[AnyFrame]):
    """Decodes single frames of a video whose scan goes on in another thread, or has ended.

    A backend says what decodes, and how its frames become pictures. To be made before the scan
    begins.

    :param opened: without a cache, pictures wait for the end of the scan.
    :param decoded: which the scan fills.
    """

    def __init__(self, opened: OpenedFile, decoded: DecodedFrames) -> None:
        self._file = opened.file
        self._demuxer = demuxer = opened.demuxer
        self._decoded = decoded
        self._cache = opened.cache
        self._name = opened.name
        ratio = demuxer.sample_aspect_ratio or Fraction(1)
        is_sound = Fraction(1, _WIDEST_PIXEL) <= ratio <= _WIDEST_PIXEL
        self._pixel_ratio = ratio if is_sound else Fraction(1)
        by_packet = FramesByPacket(decoded)
        self._reread = FrameSeeker(decoded, by_packet, demuxer.packets_from, self._decodes_reread)
        self._cached: FrameSeeker[AnyFrame] | None = None
        if opened.cache is not None:
            self._cached = FrameSeeker(decoded, by_packet, self._kept_from, self._decodes_cached)

    @abstractmethod
    def _decodes_reread(self) -> Decode[AnyFrame]:
        """For packets that the demuxer gives again, once the scan is over."""

    @abstractmethod
    def _decodes_cached(self) -> Decode[AnyFrame]:
        """For packets in the cache, while another decoder is busy with the scan."""

    @abstractmethod
    def _picture(self, frame: AnyFrame, pts: int) -> AnyPicture:
        """Upright, with square pixels."""

    def find(self, pts: int, *, scanned: bool) -> AnyPicture | NoPicture:
        """The picture with this PTS.

        :param scanned: the scan is over, and the demuxer free.
        :raises ValueError: no frame so far has it.
        :raises GpuServiceError: reading failed.
        """
        self._file.raise_failure()
        ordinal = self._decoded.ordinal_at(pts)
        frame = self._from_cache(ordinal)
        if frame is None:
            if not scanned:
                return NoPicture.LATER
            frame = self._reread.frame(ordinal)
        return NoPicture.LOST if frame is None else self._picture(frame, pts)

    def forget_before(self, ordinal: int) -> None:
        """Let the cache drop what no frame from this one on needs; any thread."""
        if self._cache is not None and self._cached is not None:
            entries = self._decoded.entries_before(ordinal)
            self._cache.forget_before(entries[min(self._cached.reach, len(entries) - 1)])

    def close(self) -> None:
        """Let go of decoded frames; not while a picture is being made."""
        self._reread.close()
        if self._cached is not None:
            self._cached.close()

    def _square_width(self, width: int) -> int:
        """How wide a picture of ``width`` coded pixels is in square ones."""
        return min(_MAX_SIDE, max(1, round(width * self._pixel_ratio)))

    def _from_cache(self, ordinal: int) -> AnyFrame | None:
        if self._cached is None:
            return None
        try:
            frame = self._cached.frame(ordinal)
        except NotCachedError:
            return None
        if frame is None or self._cached.is_spoilt(frame, ordinal):
            return None
        return frame

    def _kept_from(self, number: int) -> Packets:
        if self._cache is not None:
            for kept in self._cache.packets_from(number):
                # No read would notice that it is to stop.
                self._file.raise_failure()
                yield kept
