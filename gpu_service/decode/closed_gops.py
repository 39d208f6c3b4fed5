"""Groups of pictures that lean on nothing before them, told by their first packet."""

from __future__ import annotations

from enum import Enum

from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.cache import changes_the_decoder
from gpu_service.decode.first_picture import looks_of

_LEAST_FRAMES = 60
_LEAST_PIXELS = 320 * 180
"""Below, what the threads cost is more than what they gain (measured)."""

_CODECS = {"h264", "hevc", "mpeg4"}

_MAX_GOP_BYTES = 8 << 20
"""Several of them are in memory when they are decoded side by side."""


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
    """

    def __init__(self, codec: str, extradata: bytes) -> None:
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


def closed_gops(stream: VideoStream) -> ClosedGops | None:
    """For a stream whose groups can be decoded side by side as far as its container knows.

    That is where the container's table has all packets, so that the groups are known to be several
    and small; and where a packet says whether its group is closed.
    """
    context = stream.codec_context
    codec = context.codec.canonical_name
    table = stream.index_entries
    if codec not in _CODECS or context.width * context.height < _LEAST_PIXELS:
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
