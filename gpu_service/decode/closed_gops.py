"""Groups of pictures that lean on nothing before them, told by their first packet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.cache import changes_the_decoder

_LEAST_FRAMES = 60
_LEAST_PIXELS = 320 * 180
"""Below, what the threads cost is more than what they gain (measured)."""

_MAX_GOP_BYTES = 8 << 20
"""Several of them are in memory when they are decoded side by side."""


class Step(Enum):
    """What a packet is to the one before it."""

    WITHIN = "of the same group of pictures"
    BEGINS = "begins a group that leans on nothing before it"
    LEANS = "from here on, a decoder has to know what was before"


@dataclass(frozen=True, slots=True)
class _Units:
    """How a codec counts the kinds of its NAL units (H.264 table 7-1, H.265 table 7-1)."""

    shift: int
    mask: int
    slices: range
    idr: frozenset[int]
    sets: frozenset[int]

    def kind(self, head: int) -> int:
        return head >> self.shift & self.mask


_UNITS = {
    "h264": _Units(0, 31, range(1, 6), frozenset({5}), frozenset({7, 8})),
    "hevc": _Units(1, 63, range(32), frozenset({19, 20}), frozenset({32, 33, 34})),
}


class ClosedGops:
    """Follows one stream's packets.

    A group is closed where it begins with an IDR picture: no later picture refers to an earlier one
    or is shown before one (H.264 7.4.1.2.4, H.265 3.66). Parameter sets are the other thing that
    outlives a group: they must stay those of the first packet.
    """

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._units = _UNITS[codec]
        self._length_bytes = _length_bytes(codec, extradata)
        self._sets: list[bytes] | None = None

    def step(self, packet: Packet[VideoStream], *, keyframe: bool) -> Step:
        """Where the next packet stands; to be asked of every packet, in file order."""
        kind = -1
        sets: list[bytes] = []
        for unit in self._split(bytes(packet)):
            kind = self._units.kind(unit[0])
            if kind in self._units.slices:
                break
            if kind in self._units.sets:
                sets.append(unit)
        if self._sets is None:
            self._sets = sets
        elif (sets and sets != self._sets) or changes_the_decoder(packet):
            return Step.LEANS
        if not keyframe:
            return Step.WITHIN
        return Step.BEGINS if kind in self._units.idr else Step.LEANS

    def _split(self, data: bytes) -> Iterator[bytes]:
        """The packet's NAL units, none of them empty."""
        if not self._length_bytes:
            yield from (unit for unit in data.split(b"\0\0\1")[1:] if unit)
            return
        at = 0
        while at + self._length_bytes < len(data):
            start = at + self._length_bytes
            at = start + int.from_bytes(data[at:start], "big")
            if at > start:
                yield data[start:at]


def closed_gops(stream: VideoStream) -> ClosedGops | None:
    """For a stream whose groups can be decoded side by side as far as its container knows.

    That is where the container's table has all packets, so that the groups are known to be several
    and small; and where a packet says whether its group is closed.
    """
    context = stream.codec_context
    codec = context.codec.canonical_name
    table = stream.index_entries
    if codec not in _UNITS or context.width * context.height < _LEAST_PIXELS:
        return None
    if stream.frames < _LEAST_FRAMES or len(table) < stream.frames:
        return None
    largest = size = groups = 0
    for entry in table:
        if entry.is_keyframe:
            groups += 1
            size = 0
        size += entry.size
        largest = max(largest, size)
    if groups < 2 or largest > _MAX_GOP_BYTES:
        return None
    return ClosedGops(codec, bytes(context.extradata or b""))


def _length_bytes(codec: str, extradata: bytes) -> int:
    """Of the length before each unit (ISO/IEC 14496-15); 0 where start codes part them (Annex B)."""
    place = 4 if codec == "h264" else 21
    if len(extradata) <= place or extradata[0] != 1:
        return 0
    return (extradata[place] & 3) + 1
