"""A frame-accurate index of what was demuxed: one entry a packet, in file (decode) order."""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np

_NONE = -(2**63)
"""libav's AV_NOPTS_VALUE."""


class PacketInfo(NamedTuple):
    """What the demuxer says of a packet; times in the stream's time base.

    :param pos: byte position in the file, None where the demuxer has none.
    :param size: in bytes.
    """

    pts: int | None
    dts: int | None
    pos: int | None
    size: int
    keyframe: bool


class PacketIndex:
    """Packets numbered from 0, in 29 bytes each."""

    def __init__(self) -> None:
        self._pts = array("q")
        self._dts = array("q")
        self._pos = array("q")
        self._size = array("i")
        self._keyframe = bytearray()

    def __len__(self) -> int:
        return len(self._size)

    def __getitem__(self, number: int) -> PacketInfo:
        pts, dts, pos = self._pts[number], self._dts[number], self._pos[number]
        return PacketInfo(
            None if pts == _NONE else pts,
            None if dts == _NONE else dts,
            None if pos == _NONE else pos,
            self._size[number],
            bool(self._keyframe[number]),
        )

    def append(self, packet: PacketInfo) -> int:
        """Add the next packet; returns its number."""
        pts, dts, pos, size, keyframe = packet
        self._pts.append(_NONE if pts is None else pts)
        self._dts.append(_NONE if dts is None else dts)
        self._pos.append(_NONE if pos is None else pos)
        self._size.append(size)
        self._keyframe.append(keyframe)
        return len(self._size) - 1

    def pts(self, number: int) -> int | None:
        """A packet's own PTS, as the container has it."""
        value = self._pts[number]
        return None if value == _NONE else value

    def is_keyframe(self, number: int) -> bool:
        """Whether decoding can begin at a packet, as the container has it."""
        return self._keyframe[number] != 0

    def matches(self, number: int, packet: PacketInfo) -> bool:
        """Whether ``packet``, read again, is packet ``number``.

        Place and size decide where there is a place: times may be worked out differently after a
        seek.
        """
        if not 0 <= number < len(self) or self._size[number] != packet.size:
            return False
        known = self[number]
        if packet.pos is not None and known.pos is not None:
            return known.pos == packet.pos
        return (known.pts, known.dts) == (packet.pts, packet.dts)

    def find(self, packet: PacketInfo) -> int | None:
        """The number of a packet that was read again; None when it is unknown or ambiguous."""
        numbers = np.flatnonzero(np.frombuffer(self._size, np.int32) == packet.size)
        if packet.pos is not None:
            numbers = numbers[np.frombuffer(self._pos, np.int64)[numbers] == packet.pos]
        for column, value in ((self._pts, packet.pts), (self._dts, packet.dts)):
            if packet.pos is not None and len(numbers) <= 1:
                break
            wanted = _NONE if value is None else value
            numbers = numbers[np.frombuffer(column, np.int64)[numbers] == wanted]
        return int(numbers[0]) if len(numbers) == 1 else None
