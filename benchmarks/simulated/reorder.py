"""From the order of packets to the order in which frames are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

_DEPTH = 16
"""The most frames that H.264 and HEVC hold back."""


class Shown(NamedTuple):
    """A frame, by its packet."""

    pts: int
    packet: int
    keyframe: bool


def in_order(packets: Iterable[Shown], depth: int = _DEPTH) -> Iterator[Shown]:
    """The same by increasing PTS, each as soon as ``depth`` others have come behind it."""
    held: list[Shown] = []
    for packet in packets:
        heappush(held, packet)
        if len(held) > depth:
            yield heappop(held)
    while held:
        yield heappop(held)
