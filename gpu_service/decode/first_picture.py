"""What a packet begins with: a picture that leans on nothing before it, or another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

Look: TypeAlias = Callable[[bytes], tuple[bool, list[bytes]]]
"""Whether a picture that begins a closed group comes first in a packet, and the parameter sets that
come before it."""


class _Nal:
    """H.264 and H.265. A group is closed where it begins with an IDR picture: no later picture refers
    to an earlier one, or is shown before one (H.264 7.4.1.2.4, H.265 3.66).

    :param slices: kinds of NAL units that are part of a picture (H.264 table 7-1, H.265 table 7-1).
    """

    def __init__(
        self, slices: range, idr: set[int], sets: set[int], shift: int, length_bytes: int
    ) -> None:
        self._slices = slices
        self._idr = idr
        self._sets = sets
        self._shift = shift
        self._kinds = 31 if shift == 0 else 63
        self._length_bytes = length_bytes

    def look(self, data: bytes) -> tuple[bool, list[bytes]]:
        """See :data:`Look`."""
        sets: list[bytes] = []
        for unit in self._split(data):
            kind = unit[0] >> self._shift & self._kinds
            if kind in self._slices:
                return kind in self._idr, sets
            if kind in self._sets:
                sets.append(unit)
        return False, sets

    def _split(self, data: bytes) -> Iterator[bytes]:
        if not self._length_bytes:
            yield from _after_start_codes(data)
            return
        at = 0
        while at + self._length_bytes < len(data):
            start = at + self._length_bytes
            at = start + int.from_bytes(data[at:start], "big")
            if at > start:
                yield data[start:at]


_VOP = b"\0\0\1\xb6"
_VOP_SETS = {*range(0x30), 0xB0, 0xB5}
"""Start codes of MPEG-4 part 2: ISO/IEC 14496-2, table 6-3."""

_I_VOP = 0


def _mpeg4(data: bytes) -> tuple[bool, list[bytes]]:
    """A group is closed where it begins with an I-VOP, and no B-VOP follows that is shown before it.

    Their times tell, once they come.
    """
    before, _, picture = data.partition(_VOP)
    sets = [unit for unit in _after_start_codes(before) if unit[0] in _VOP_SETS]
    return bool(picture) and picture[0] >> 6 == _I_VOP, sets


def looks_of(codec: str, extradata: bytes) -> Look:
    """How to look at a codec's packets.

    :param codec: h264, hevc or mpeg4.
    :param extradata: the stream's.
    """
    if codec == "mpeg4":
        return _mpeg4
    if codec == "h264":
        return _Nal(range(1, 6), {5}, {7, 8}, 0, _length_bytes(extradata, 4)).look
    return _Nal(range(32), {19, 20}, {32, 33, 34}, 1, _length_bytes(extradata, 21)).look


def _length_bytes(extradata: bytes, place: int) -> int:
    """Of the length before each unit (ISO/IEC 14496-15); 0 where start codes part them (Annex B)."""
    if len(extradata) <= place or extradata[0] != 1:
        return 0
    return (extradata[place] & 3) + 1


def _after_start_codes(data: bytes) -> Iterator[bytes]:
    return (unit for unit in data.split(b"\0\0\1")[1:] if unit)
