"""What a scan remembers of each decoded frame, to find it again."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right


class DecodedFrames:
    """Frames in presentation order, numbered from 0 (their *ordinal*).

    One thread appends while others read; nobody may hold a view of the arrays, which could not
    grow meanwhile.

    :ivar pts: their times, strictly increasing.
    :ivar packets: the number of the packet that each was decoded from.
    :ivar corrupt: ordinals of the frames that the decoder flagged.
    """

    def __init__(self) -> None:
        self.pts = array("q")
        self.packets = array("q")
        self.corrupt: set[int] = set()
        self._entries: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self.pts)

    def append(self, pts: int, packet: int, *, entry: bool, corrupt: bool) -> None:
        """Add the next frame.

        :param entry: its packet is a keyframe, a place where decoding can begin.
        """
        if entry and (not self._entries or packet > self._entries[-1][0]):
            self._entries.append((packet, len(self)))
        if corrupt:
            self.corrupt.add(len(self))
        self.packets.append(packet)
        # Last, for it is by its PTS that another thread finds the frame.
        self.pts.append(pts)

    def ordinal_at(self, pts: int) -> int:
        """The frame with this very PTS.

        :raises ValueError: when no frame has it.
        """
        place = bisect_left(self.pts, pts)
        if place >= len(self) or self.pts[place] != pts:
            raise ValueError(f"no frame has PTS {pts}")
        return place

    def entries_before(self, ordinal: int) -> list[int]:
        """Packets to begin decoding at so that frame ``ordinal`` comes out, the nearest first.

        Only a keyframe that is shown no later than the frame will do: what follows a keyframe in
        the file but is shown before it (an open GOP's leading pictures) leans on the GOP before.
        The first packet of all is the last resort.
        """
        packet = self.packets[ordinal]
        place = bisect_right(self._entries, (packet, len(self)))
        found: list[int] = []
        step = 1
        while place > 0 and len(found) < 4:
            number, shown = self._entries[place - 1]
            if shown > ordinal:
                place -= 1
                continue
            found.append(number)
            place -= step
            step *= 4
        if not found or found[-1] != 0:
            found.append(0)
        return found


class FramesByPacket:
    """Which frames came of which packet; follows a scan that goes on meanwhile."""

    def __init__(self, decoded: DecodedFrames) -> None:
        self._decoded = decoded
        self._known = 0
        self._first = array("q")
        self._several: dict[int, list[int]] = {}

    def catch_up(self) -> None:
        """Learn of the frames since the last call."""
        # A slice is a copy, which the scan can't disturb.
        for ordinal, packet in enumerate(self._decoded.packets[self._known :], self._known):
            if packet >= len(self._first):
                self._first.extend([-1] * (packet + 1 - len(self._first)))
            if self._first[packet] < 0:
                self._first[packet] = ordinal
            else:
                self._several.setdefault(packet, [self._first[packet]]).append(ordinal)
            self._known = ordinal + 1

    def ordinal(self, packet: int, come: int) -> int:
        """The ``come``-th frame of a packet, counted from 0; -1 where the scan had none.

        The frames of one packet do not always follow one another.
        """
        several = self._several.get(packet)
        if several is not None:
            return several[min(come, len(several) - 1)]
        return self._first[packet] if packet < len(self._first) else -1
