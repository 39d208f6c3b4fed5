"""Exact pictures by PTS: from the packets in the cache, else read again."""

from __future__ import annotations

from fractions import Fraction

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from gpu_service.decode.again import decoder_like
from gpu_service.decode.base import NoPicture
from gpu_service.decode.cache import NotCachedError, PacketCache
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames, FramesByPacket
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.input import InputFile
from gpu_service.decode.orient import display_matrix, turn
from gpu_service.decode.scale import Scaler
from gpu_service.decode.seek import FrameSeeker, Packets
from gpu_service.decode.translate import translated
from gpu_service.frames import Picture

_WIDEST_PIXEL = 10
"""A pixel more oblong than this is a broken header, and is taken as square."""

_MAX_SIDE = 65_500
"""What libjpeg holds."""

_CACHE_THREADS = 1
"""Scan and model keep every core busy meanwhile; more threads would only cost more."""


class Pictures:
    """Decodes single frames of a video whose scan goes on in another thread, or has ended.

    To be made before the scan begins.

    :param cache: None for none; pictures then wait for the end of the scan.
    :param threads: for what is read again; 0 for one a core.
    """

    def __init__(
        self,
        file: InputFile,
        demuxer: Demuxer,
        decoded: DecodedFrames,
        cache: PacketCache | None,
        *,
        name: str,
        threads: int,
    ) -> None:
        self._file = file
        self._demuxer = demuxer
        self._decoded = decoded
        self._cache = cache
        self._name = name
        self._threads = threads
        self._scaler = Scaler()
        ratio = demuxer.sample_aspect_ratio or Fraction(1)
        is_sound = Fraction(1, _WIDEST_PIXEL) <= ratio <= _WIDEST_PIXEL
        self._pixel_ratio = ratio if is_sound else Fraction(1)
        by_packet = FramesByPacket(decoded)
        self._reread = FrameSeeker(decoded, by_packet, demuxer.packets_from, self._scans_decoder)
        self._cached: FrameSeeker | None = None
        if cache is not None:
            self._second = decoder_like(demuxer.stream)
            self._cached = FrameSeeker(decoded, by_packet, self._kept_from, self._second_decoder)

    def find(self, pts: int, *, scanned: bool) -> Picture | NoPicture:
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

    def _from_cache(self, ordinal: int) -> VideoFrame | None:
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

    def _scans_decoder(self) -> VideoCodecContext:
        context = self._demuxer.stream.codec_context
        set_up(context, self._threads)
        return self._flushed(context)

    def _second_decoder(self) -> VideoCodecContext:
        context = self._second
        if self._cache is not None and not context.is_open:
            set_up(context, _CACHE_THREADS)
            # What a video says of itself in its first packet alone stays with the decoder.
            for _ in decode_packets(context, [(0, self._cache.first)], on_error=_ignore):
                pass
        return self._flushed(context)

    def _flushed(self, context: VideoCodecContext) -> VideoCodecContext:
        context.flush_buffers()
        # A flush may forget how far pictures are reordered, and the first ones would be lost.
        depth = self._demuxer.stream.codec_context.reorder_depth
        context.reorder_depth = max(depth, context.reorder_depth)
        return context

    def _picture(self, frame: VideoFrame, pts: int) -> Picture:
        width = min(_MAX_SIDE, max(1, round(frame.width * self._pixel_ratio)))
        with translated(self._file, f"{self._name}: {frame.format.name}", reason="unsupported"):
            rgb = self._scaler.rgb(frame, width, frame.height)
        return Picture(turn(rgb, display_matrix(frame)), pts)


def _ignore() -> None:
    """The scan has counted this packet already."""
