"""Packets without a frame: whether the video or the GPU is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.index import PacketIndex
from gpu_service.decode.seek import Packets

_MAX_ASKED = 16
"""Of very many, which are second fields or damage rather than a loss."""

_KEYFRAMES_BACK = 2
"""Leading pictures of an open GOP lean on the one before; nearer ones would miss them."""

_PACKETS_BEHIND = 32
"""More than any codec reorders."""


@dataclass(slots=True)
class CpuVerdict:
    """What libavcodec makes of packets that gave no frame.

    :ivar sound: packets that give a whole frame on the CPU.
    :ivar broken: how many it can't decode either. The rest have no frame of their own: a second
        field, parameter sets alone, what leads a stream that was cut.
    """

    sound: list[int] = field(default_factory=list)
    broken: int = 0


def ask_cpu(demuxer: Demuxer, numbers: Iterable[int]) -> CpuVerdict:
    """Decode packets again on the CPU, each from a keyframe before it; after the scan.

    :raises GpuServiceError: reading failed.
    """
    verdict = CpuVerdict()
    for number in sorted(numbers)[:_MAX_ASKED]:
        failed: list[int] = []
        frames = _frames_around(demuxer, number, failed)
        if number in frames:
            verdict.sound.append(number)
        elif number in failed:
            verdict.broken += 1
    return verdict


def _frames_around(demuxer: Demuxer, number: int, failed: list[int]) -> set[int]:
    """Packets whose frames come out whole; those that can't be decoded go to ``failed``."""
    fed = 0

    def feed(packets: Packets) -> Packets:
        nonlocal fed
        for fed, packet in packets:
            if fed > number + _PACKETS_BEHIND:
                return
            yield fed, packet

    packets = feed(demuxer.packets_from(_entry(demuxer.index, number)))
    first = next(packets, None)
    if first is None:
        return set()
    context = demuxer.stream.codec_context
    set_up(context, 1)
    context.flush_buffers()

    def again() -> Packets:
        yield first
        yield from packets

    frames = decode_packets(context, again(), on_error=lambda: failed.append(fed))
    return {packet for packet, frame in frames if not frame.is_corrupt}


def _entry(index: PacketIndex, number: int) -> int:
    found = 0
    for packet in range(number, -1, -1):
        if index.is_keyframe(packet):
            found += 1
            if found == _KEYFRAMES_BACK:
                return packet
    return 0
