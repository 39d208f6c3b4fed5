"""Packets through libavcodec; each frame says which packet it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.opening import MAX_PIXELS

_THREADS_FROM_PIXELS = 640 * 480
"""Below, handing frames between threads costs more than it gains (measured)."""


def set_up(context: VideoCodecContext, threads: int) -> None:
    """Choose threads, once, before the first packet.

    :param threads: 0 for one a core.
    """
    if context.is_open:
        return
    context.options = {"max_pixels": str(MAX_PIXELS)}
    small = context.width * context.height < _THREADS_FROM_PIXELS
    context.thread_type = "AUTO"
    context.thread_count = 1 if small else threads


def introduce(
    context: VideoCodecContext, first: Packet[VideoStream], *, on_error: Callable[[], None]
) -> None:
    """Let a decoder see the stream's first packet: what a video says of itself there alone stays.

    It is to :func:`start_anew` afterwards.
    """
    for _ in decode_packets(context, [(0, first)], on_error=on_error):
        pass


def start_anew(context: VideoCodecContext, depth: int) -> None:
    """Empty a decoder, so that another keyframe can follow.

    :param depth: how far pictures are reordered, as far as is known. A decoder may forget it here,
        and would lose the first ones.
    """
    context.flush_buffers()
    context.reorder_depth = max(depth, context.reorder_depth)


def decode_packets(
    context: VideoCodecContext,
    packets: Iterable[tuple[int, Packet[VideoStream]]],
    *,
    on_error: Callable[[], None],
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode to the end; yields frames in presentation order with their packets' numbers.

    The number travels through the decoder in the packet's PTS, which every decoder hands on with
    the frame. So a frame is told from its neighbours even where the container has no times, or
    repeated ones, and after a seek as surely as before. The true PTS stays in the index.

    :param on_error: called for each packet that can't be decoded; decoding goes on behind it.
    """
    last = 0
    for number, packet in packets:
        packet.pts = last = number
        for frame in _decode(context, packet, on_error):
            yield (number if frame.pts is None else frame.pts), frame
    for frame in _decode(context, None, on_error):
        yield (last if frame.pts is None else frame.pts), frame


def _decode(
    context: VideoCodecContext, packet: Packet[VideoStream] | None, on_error: Callable[[], None]
) -> list[VideoFrame]:
    try:
        return context.decode(packet)
    except av.error.FFmpegError:
        on_error()
        return []
