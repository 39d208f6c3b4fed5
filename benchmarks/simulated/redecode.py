"""How many frames have to be decoded once more for a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gpu_service.decode.cache import NotCachedError
from gpu_service.decode.decoded import DecodedFrames

Packets = Iterator[tuple[int, Any]]
"""In file order, with their numbers."""


class Redecode:
    """Follows a second decoder as it goes from picture to picture.

    It begins at the keyframe before a frame, or goes on where that is nearer; every packet on the
    way is fetched, and counts as one frame.

    :param packets_from: the packets from a number on.
    """

    def __init__(self, decoded: DecodedFrames, packets_from: Callable[[int], Packets]) -> None:
        self._decoded = decoded
        self._packets_from = packets_from
        self._next = -1
        """The packet behind the last one that was decoded; -1 at the start."""

    def frames_to(self, ordinal: int) -> int | None:
        """Frames to decode for this one; None where a packet is not to be had any more."""
        packet = self._decoded.packets[ordinal]
        entry = self._decoded.entries_before(ordinal)[0]
        start = self._next if entry <= self._next <= packet else entry
        count = 0
        try:
            for number, _ in self._packets_from(start):
                count += 1
                if number >= packet:
                    self._next = number + 1
                    return count
        except NotCachedError:
            pass
        self._next = -1
        return None
