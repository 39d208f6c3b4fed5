"""Timestamps by which NVDEC's surfaces are known again."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

ORIGIN = 1 << 40
"""Of PTS 0: those before it, too, become positive timestamps."""

_BACK_JUMP_SECONDS = 1
"""A keyframe this far behind what came before it is of another clock."""


class Timestamps:
    """What one stretch's packets are given to NVDEC's parser with, in decode order.

    The parser does not carry a timestamp with its picture: whichever is displayed gets the smallest
    one that is waiting. (So on an H200 with driver 580, of H.264 and HEVC.) It is the right one if
    timestamps rise as the pictures are shown: so they are the packets' PTS, put behind each other
    where the container's clock is reset.

    :param time_base: seconds a tick of PTS.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._back_jump = max(1, round(_BACK_JUMP_SECONDS / time_base))
        self._offset = ORIGIN
        self._latest: int | None = None
        self._waiting: dict[int, deque[int]] = {}

    def give(self, number: int, pts: int | None, *, keyframe: bool) -> int:
        """For the next packet.

        :param number: of the packet.
        :param pts: behind every other one where unknown.
        :param keyframe: in one clock it is shown after all that came before, the others need not be.
        """
        latest = self._offset + number - 1 if self._latest is None else self._latest
        timestamp = latest + 1 if pts is None else self._offset + pts
        if self._latest is None:
            latest = timestamp
        elif keyframe and timestamp < latest - self._back_jump:
            self._offset += latest + 1 - timestamp
            timestamp = latest + 1
        self._latest = max(latest, timestamp)
        self._waiting.setdefault(timestamp, deque()).append(number)
        return timestamp

    def take(self, timestamp: int) -> int | None:
        """The packet of a surface that came with this timestamp; None if none is waiting for one."""
        numbers = self._waiting.get(timestamp)
        if numbers is None:
            return None
        number = numbers.popleft()
        if not numbers:
            del self._waiting[timestamp]
        return number
