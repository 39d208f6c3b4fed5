"""Timestamps by which NVDEC's surfaces are known again."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

from gpu_service.errors import InternalError

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
    :param reordered: packets are not in the order in which they are shown.
    """

    def __init__(self, time_base: Fraction, *, reordered: bool) -> None:
        self._back_jump = max(1, round(_BACK_JUMP_SECONDS / time_base))
        self._reordered = reordered
        self._offset = ORIGIN
        self._latest: int | None = None
        self._shown = 0
        """The latest that has been taken."""
        self._leading_until = 0
        """What is below leads the keyframe that the stretch begins with, and may never be shown; no
        more of it comes once something has that follows the keyframe."""
        self._waiting: dict[int, deque[int]] = {}

    def give(self, number: int, pts: int | None, *, keyframe: bool) -> int:
        """For the next packet.

        :param number: of the packet.
        :param pts: where unknown, it is behind all that came before.
        :param keyframe: in one clock it is shown after all that came before, the others need not be.
        :raises InternalError: nothing says when the packet is shown.
        """
        latest = self._offset + number - 1 if self._latest is None else self._latest
        timestamp = latest + 1 if pts is None else self._offset + pts
        if self._latest is None:
            self._leading_until = latest = timestamp
        elif keyframe and timestamp < max(latest - self._back_jump, self._shown):
            self._offset += latest + 1 - timestamp
            timestamp = latest + 1
        if timestamp > latest:
            self._leading_until = 0
        is_late = self._leading_until <= timestamp < self._shown
        if self._reordered and (pts is None or is_late):
            raise InternalError(
                f"NVDEC, packet {number}: {'it has no PTS' if pts is None else 'its PTS is past'}, "
                "and frames are out of order; analyze it with --device cpu",
                reason="nvdec",
            )
        self._latest = max(latest, timestamp)
        self._waiting.setdefault(timestamp, deque()).append(number)
        return timestamp

    def take(self, timestamp: int) -> int | None:
        """The packet of a surface that came with this timestamp; None if none is waiting for one."""
        numbers = self._waiting.get(timestamp)
        if numbers is None:
            return None
        self._shown = max(self._shown, timestamp)
        number = numbers.popleft()
        if not numbers:
            del self._waiting[timestamp]
        return number
