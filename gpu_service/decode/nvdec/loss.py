"""Packets without a frame: whether the video or the GPU is to blame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.index import PacketIndex
from gpu_service.decode.seek import Packets

_KEYFRAMES_BACK = 2
"""Leading pictures of an open GOP lean on the one before; nearer ones would miss them."""

_PACKETS_BEHIND = 32
"""More than any codec reorders."""


@dataclass(frozen=True, slots=True)
class CpuVerdict:
    """What libavcodec makes of packets that gave no frame.

    :param sound: a packet that gives a whole frame on the CPU, None where none does.
    :param broken: how many it can't decode either, or don't come a second time. The rest have no
        frame of their own: a second field, parameter sets alone, what leads a stream that was cut.
    """

    sound: int | None
    broken: int


def ask_cpu(demuxer: Demuxer, numbers: Iterable[int]) -> CpuVerdict:
    """Decode packets again on the CPU, until one is sound; after the scan.

    Every one is asked, each part of the video decoded once: all of it where every second field is a
    packet.

    :raises GpuServiceError: reading failed.
    """
    broken = 0
    for asked in _near_each_other(demuxer.index, sorted(numbers)):
        verdict = _ask(demuxer, asked)
        broken += verdict.broken
        if verdict.sound is not None:
            return CpuVerdict(verdict.sound, broken)
    return CpuVerdict(None, broken)


def _near_each_other(index: PacketIndex, numbers: list[int]) -> Iterator[list[int]]:
    """Packets for which the same stretch would be decoded."""
    together: list[int] = []
    for number in numbers:
        reach = together[-1] + _PACKETS_BEHIND if together else number
        if number > reach and _entry(index, number) > reach:
            yield together
            together = []
        together.append(number)
    if together:
        yield together


def _ask(demuxer: Demuxer, numbers: list[int]) -> CpuVerdict:
    """Decode from a keyframe before the first to behind the last, or to the first that is sound."""
    unanswered = set(numbers)
    failed: set[int] = set()
    fed = 0

    def feed(packets: Packets) -> Packets:
        nonlocal fed
        for fed, packet in packets:
            if fed > numbers[-1] + _PACKETS_BEHIND:
                return
            unanswered.discard(fed)
            yield fed, packet

    packets = feed(demuxer.packets_from(_entry(demuxer.index, numbers[0])))
    first = next(packets, None)
    if first is not None:
        context = demuxer.stream.codec_context
        set_up(context, 1)
        context.flush_buffers()

        def again() -> Packets:
            yield first
            yield from packets

        asked = frozenset(numbers)
        for packet, frame in decode_packets(context, again(), on_error=lambda: failed.add(fed)):
            if packet in asked and not frame.is_corrupt:
                return CpuVerdict(packet, 0)
        failed &= asked
    return CpuVerdict(None, len(failed | unanswered))


def _entry(index: PacketIndex, number: int) -> int:
    found = 0
    for packet in range(number, -1, -1):
        if index.is_keyframe(packet):
            found += 1
            if found == _KEYFRAMES_BACK:
                return packet
    return 0
