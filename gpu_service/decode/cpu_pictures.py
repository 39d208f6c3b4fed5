"""Exact pictures decoded on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from gpu_service.decode.again import decoder_like
from gpu_service.decode.decode import decode_packets, introduce, set_up, start_anew
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.opened_file import OpenedFile
from gpu_service.decode.orient import display_matrix, turn
from gpu_service.decode.pictures import Pictures
from gpu_service.decode.scale import Scaler
from gpu_service.decode.seek import Decode, Packets
from gpu_service.decode.translate import translated
from gpu_service.frames import Picture

_CACHE_THREADS = 1
"""Scan and model keep every core busy meanwhile; more threads would only cost more."""

_LEAF_FRAMES_KNOWN = {"h264", "mpeg1video", "mpeg2video"}
"""Where a frame that nothing refers to is marked as such for sure, and can be left out on the way.

Not HEVC, whose mark holds within one temporal layer alone; not MPEG-4, where several frames may be
packed into one.
"""


class CpuPictures(Pictures[VideoFrame]):
    """With the stream's decoder after the scan, and one of its own meanwhile.

    :param threads: for what is read again; 0 for one a core.
    """

    def __init__(self, opened: OpenedFile, decoded: DecodedFrames, *, threads: int) -> None:
        super().__init__(opened, decoded)
        self._threads = threads
        self._scaler = Scaler()
        if opened.cache is not None:
            self._second = decoder_like(opened.demuxer.stream)

    def _decodes_reread(self) -> Decode[VideoFrame]:
        context = self._demuxer.stream.codec_context
        self._open(context, self._threads)
        return self._from_start(context)

    def _decodes_cached(self) -> Decode[VideoFrame]:
        self._open(self._second, _CACHE_THREADS)
        return self._from_start(self._second)

    def _open(self, context: VideoCodecContext, threads: int) -> None:
        if context.is_open:
            return
        set_up(context, threads)
        if self._cache is not None:
            introduce(context, self._cache.first, on_error=_ignore)

    def _from_start(self, context: VideoCodecContext) -> Decode[VideoFrame]:
        start_anew(context, self._demuxer.stream.codec_context.reorder_depth)

        def decode(packets: Packets, wanted: Callable[[], int]) -> Iterator[tuple[int, VideoFrame]]:
            fed = _leaving_out(context, packets, wanted)
            return decode_packets(context, fed, on_error=_ignore)

        return decode

    def _picture(self, frame: VideoFrame, pts: int) -> Picture:
        width = self._square_width(frame.width)
        with translated(self._file, f"{self._name}: {frame.format.name}", reason="unsupported"):
            rgb = self._scaler.rgb(frame, width, frame.height)
        return Picture(turn(rgb, display_matrix(frame)), pts)


def _leaving_out(
    context: VideoCodecContext, packets: Packets, wanted: Callable[[], int]
) -> Packets:
    leaves_out = context.codec.canonical_name in _LEAF_FRAMES_KNOWN
    for number, packet in packets:
        if leaves_out:
            context.skip_frame = "NONREF" if number < wanted() else "DEFAULT"
        yield number, packet


def _ignore() -> None:
    """The scan has counted this packet already."""
