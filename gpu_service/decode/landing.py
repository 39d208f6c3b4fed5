"""Ways to bring a demuxer to a packet or a little before it, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from av.container import InputContainer
from av.video.stream import VideoStream

from gpu_service.decode.index import PacketIndex

_STEPS_BACK = (0, 1, 8, 64, 512)
"""A seek may land late by a few packets; further back costs reading, never a wrong frame."""

_SEEK_BY_BYTE = {"mpegts", "mpeg", "h264", "hevc", "mpegvideo", "m4v", "vvc"}
"""Formats that can be entered at any byte, and have no table of times."""


def landings(
    container: InputContainer, stream: VideoStream, index: PacketIndex, number: int
) -> Iterator[Callable[[], None]]:
    """Seeks to try in turn until one lands at packet ``number`` or before."""
    by_byte = container.format.name in _SEEK_BY_BYTE
    tried: set[int] = set()
    for step in _STEPS_BACK:
        packet = index[max(0, number - step)]
        time = packet.dts if packet.dts is not None else packet.pts
        target = packet.pos if by_byte else time
        if target is None or target in tried:
            continue
        tried.add(target)
        yield partial(
            container.seek,
            target,
            stream=stream,
            backward=True,
            unsupported_byte_offset=by_byte,
        )
