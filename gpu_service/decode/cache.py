"""Packets kept while a video streams, so that a picture can be decoded again without a read."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.budget import ByteBudget

_PACKET_OVERHEAD_BYTES = 512
"""Of one packet, besides its bytes: libav's and Python's objects around them."""


_OF_DECODERS = {"new_extradata", "palette", "param_change"}
"""Side data that a decoder goes by until the next of its kind, also across a seek."""


class NotCachedError(Exception):
    """A packet that is wanted has left the cache, or was never kept."""


class PacketCache:
    """The packets of one video from some keyframe on, whole groups of pictures at a time.

    One thread keeps, another one reads, any may forget. Where the budget is used up, the oldest
    groups go: of another video's cache if that holds more than its share and this one would not,
    else of this one. Where the current group goes as well, nothing is kept up to the next keyframe.

    :param budget: shared with the caches of other videos, a :class:`~gpu_service.budget.Holder`
        each; the first packet may exceed it.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._packets: dict[int, Packet[VideoStream]] = {}
        # The last one is being filled; empty where that one had to go.
        self._groups: deque[_Group] = deque()
        self._offered = 0
        self._first: Packet[VideoStream] | None = None
        self._held_bytes = 0
        self._useless = False

    @property
    def first(self) -> Packet[VideoStream]:
        """The video's first packet, kept for good: what its header says is said only once.

        :raises NotCachedError: there was none so far, or the cache is closed.
        """
        if self._first is None:
            raise NotCachedError
        return self._first

    @property
    def held_bytes(self) -> int:
        """What is kept, as charged."""
        return self._held_bytes

    def keep(self, number: int, packet: Packet[VideoStream], *, keyframe: bool) -> None:
        """Take the next packet of the video; it must not be changed any more.

        :param number: one more than that of the packet before.
        """
        if not self._useless:
            self._keep(number, packet, begins=keyframe or number == 0)
        # Last, or a reader would miss a packet that is about to be here.
        self._offered = number + 1

    def packets_from(self, number: int) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """The packets from ``number`` on, up to the last one so far.

        :raises NotCachedError: one of them is not here.
        """
        while number < self._offered:
            packet = self._packets.get(number)
            if packet is None:
                raise NotCachedError
            yield number, packet
            number += 1

    def forget_before(self, number: int) -> None:
        """Drop the groups of pictures that end before packet ``number``."""
        while True:
            with self._lock:
                if len(self._groups) < 2 or self._groups[1].start > number:
                    return
                self._remove_oldest()

    def give_way(self, share_bytes: int) -> bool:
        """Drop the oldest group, if more than ``share_bytes`` is held; any thread."""
        with self._lock:
            if not self._groups or self._held_bytes <= share_bytes:
                return False
            self._remove_oldest()
            return True

    def close(self) -> None:
        """Drop everything, for good."""
        self._budget.leave(self)
        with self._lock:
            self._useless = True
            while self._groups:
                self._remove_oldest()
            self._first = None
            self._release(self._held_bytes)

    def _keep(self, number: int, packet: Packet[VideoStream], *, begins: bool) -> None:
        size = packet.size + _PACKET_OVERHEAD_BYTES
        if number == 0:
            self._keep_first(packet, size)
        elif changes_the_decoder(packet):
            self.close()
            return
        if begins:
            with self._lock:
                self._groups.append(_Group(number))
        # Another thread may drop the current group at any time.
        while self._groups:
            if self._budget.try_charge_share(self, size):
                if not self._store(number, packet, size):
                    self._budget.release(size)
                return
            self.give_way(0)

    def _keep_first(self, packet: Packet[VideoStream], size: int) -> None:
        # Without it nothing of the rest is of use, so that it does not depend on room.
        self._budget.charge(size)
        with self._lock:
            self._first, self._held_bytes = packet, size
        self._budget.join(self)

    def _store(self, number: int, packet: Packet[VideoStream], size: int) -> bool:
        """False when the group that it belongs to has gone."""
        with self._lock:
            if not self._groups:
                return False
            self._packets[number] = packet
            self._groups[-1].add(number, size)
            self._held_bytes += size
            return True

    def _remove_oldest(self) -> None:
        group = self._groups.popleft()
        for number in range(group.start, group.end):
            del self._packets[number]
        self._release(group.size_bytes)

    def _release(self, size: int) -> None:
        self._held_bytes -= size
        self._budget.release(size)


def changes_the_decoder(packet: Packet[VideoStream]) -> bool:
    """Whether a decoder that begins behind this packet would not be the same."""
    for data in packet.iter_sidedata():  # noqa: SIM110 - every packet comes here
        if data.data_type in _OF_DECODERS:
            return True
    return False


class _Group:
    """Packets ``[start, end)``, the first of them a keyframe."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.size_bytes = 0

    def add(self, number: int, size: int) -> None:
        self.end = number + 1
        self.size_bytes += size
