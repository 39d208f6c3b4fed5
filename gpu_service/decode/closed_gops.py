"""Groups of pictures that lean on nothing before them, told by their first packet."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from av.index import IndexEntry
from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.cache import changes_the_decoder
from gpu_service.decode.first_picture import looks_of

_LEAST_FRAMES = 60
_LEAST_PIXELS = 320 * 180
"""Below, what the threads cost is more than what they gain (measured)."""

_CODECS = {"h264", "hevc", "mpeg4"}

_MAX_AT_ONCE = 8

_MAX_PIXELS = 16 << 20
"""Of the pictures that are being decoded at once: every decoder has up to 16 more to look back at."""

_MAX_BYTES = 32 << 20
"""Of the groups at work, with those that are read ahead and the last: as much as one of four videos
has in the packets' budget."""

_SPARE_GOPS = 2

LEAST_PACKETS = 24
"""Shorter groups are decoded together with the next: behind each, decoder and scaler are emptied."""

FRAME_BYTES = 4500
"""Of one frame at the model's size that waits for those before it, with its packet's objects."""


class Step(Enum):
    """What a packet is to the one before it."""

    WITHIN = "of the same group of pictures"
    BEGINS = "begins a group that leans on nothing before it"
    LEANS = "from here on, a decoder has to know what was before"


class ClosedGops:
    """Follows one stream's packets.

    Parameter sets are the other thing that outlives a group: they must stay those of the first
    packet.

    :param codec: h264, hevc or mpeg4.
    :param at_once: how many groups may be decoded at the same time.
    """

    def __init__(self, codec: str, extradata: bytes, *, at_once: int) -> None:
        self.at_once = at_once
        self.most_bytes = _most_bytes(at_once)
        """Of one group, packets and frames; a larger one has to be decoded as it comes."""
        self._looks = looks_of(codec, extradata)
        self._sets: list[bytes] | None = None

    def step(self, packet: Packet[VideoStream], *, keyframe: bool) -> Step:
        """Where the next packet stands; to be asked of every packet, in file order."""
        closed, sets = self._looks(bytes(packet))
        if self._sets is None:
            self._sets = sets
        elif (sets and sets != self._sets) or changes_the_decoder(packet):
            return Step.LEANS
        if not keyframe:
            return Step.WITHIN
        return Step.BEGINS if closed else Step.LEANS


def closed_gops(stream: VideoStream, threads: int) -> ClosedGops | None:
    """For a stream whose groups can be decoded side by side as far as its container knows.

    That is where the container's table has all packets, so that the groups are known to be several
    and small; and where a packet says whether its group is closed.

    :param threads: that may decode.
    """
    context = stream.codec_context
    codec = context.codec.canonical_name
    pixels = context.width * context.height
    table = stream.index_entries
    if codec not in _CODECS or pixels < _LEAST_PIXELS:
        return None
    if stream.frames < _LEAST_FRAMES or len(table) < stream.frames:
        return None
    at_once = min(threads, _MAX_AT_ONCE, _MAX_PIXELS // pixels)
    if at_once < 2 or not 0 < _largest(table) <= _most_bytes(at_once):
        return None
    return ClosedGops(codec, bytes(context.extradata or b""), at_once=at_once)


def _most_bytes(at_once: int) -> int:
    return _MAX_BYTES // (at_once + _SPARE_GOPS)


def _largest(table: Iterable[IndexEntry]) -> int:
    """Bytes of the largest group, as they are decoded; 0 where there is one alone."""
    largest = size = packets = groups = 0
    for entry in table:
        if entry.is_keyframe and (packets >= LEAST_PACKETS or not groups):
            groups += 1
            size = packets = 0
        size += entry.size + FRAME_BYTES
        packets += 1
        largest = max(largest, size)
    return largest if groups > 1 else 0
