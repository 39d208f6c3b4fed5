"""What a scan remembers of each decoded frame, to find it again."""

from __future__ import annotations

from array import array
from bisect import bisect_right

import numpy as np


class DecodedFrames:
    """Frames in presentation order, numbered from 0 (their *ordinal*).

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
        self.pts.append(pts)
        self.packets.append(packet)

    def ordinal_at(self, pts: int) -> int:
        """The frame with this very PTS.

        :raises ValueError: when no frame has it.
        """
        place = int(np.searchsorted(np.frombuffer(self.pts, np.int64), pts))
        if place >= len(self) or self.pts[place] != pts:
            raise ValueError(f"no frame has PTS {pts}")
        return place

    def ordinals_by_packet(self, packet_count: int) -> array[int]:
        """For each packet the first frame decoded from it, -1 where there is none."""
        table = np.full(packet_count, -1, np.int64)
        numbers = np.frombuffer(self.packets, np.int64)
        table[numbers[::-1]] = np.arange(len(self) - 1, -1, -1)
        return array("q", table.tobytes())

    def several_of_packet(self) -> dict[int, list[int]]:
        """The frames of each packet that more than one was decoded from, not always in a row."""
        numbers = np.frombuffer(self.packets, np.int64)
        packets, counts = np.unique(numbers, return_counts=True)
        several: dict[int, list[int]] = {int(packet): [] for packet in packets[counts > 1]}
        for ordinal in np.flatnonzero(np.isin(numbers, list(several))) if several else ():
            several[int(numbers[ordinal])].append(int(ordinal))
        return several

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
