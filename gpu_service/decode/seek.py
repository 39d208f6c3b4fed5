"""Single frames of a video that was scanned before, found again exactly."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import chain
from typing import Generic, Protocol, TypeAlias, TypeVar

from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.cache import NotCachedError
from gpu_service.decode.decoded import DecodedFrames, FramesByPacket

Packets: TypeAlias = "Iterator[tuple[int, Packet[VideoStream]]]"
"""In file order, with their numbers."""


class Frame(Protocol):
    """What a decoding backend gives for a picture."""

    @property
    def is_corrupt(self) -> bool:
        """Flagged by the decoder."""
        ...


AnyFrame = TypeVar("AnyFrame", bound=Frame)

Decode: TypeAlias = Callable[[Packets, Callable[[], int]], Iterator[tuple[int, AnyFrame]]]
"""Packets to frames in presentation order, with their packets' numbers, from a fresh start.

Also given: which packet's frame is wanted at the moment; what is shown before it may be left out. A
frame need not outlive the step to the next one.
"""

_SHORT_HOP_PACKETS = 8
"""A keyframe this near is reached sooner by decoding on than by a seek."""

_MAX_REACH = 1
"""Where pictures build up from keyframe to keyframe (intra refresh), one more is enough."""


class _Run(Generic[AnyFrame]):
    """One stretch of decoding, from a keyframe on."""

    def __init__(self, packets: Packets, start: int, decoder: Callable[[], Decode[AnyFrame]]):
        self.fed = start
        self.wanted = start
        """Packet of the frame that is wanted; frames on the way there may be left out."""
        self._frames = self._decoded(packets, decoder)
        self._come: dict[int, int] = {}

    def __iter__(self) -> Iterator[tuple[int, int, AnyFrame]]:
        """Packet, how many frames of that packet came before, and frame."""
        for packet, frame in self._frames:
            come = self._come.get(packet, 0)
            self._come[packet] = come + 1
            yield packet, come, frame

    def close(self) -> None:
        """Let go of its frames at once; its generators and itself hold one another."""
        self._frames.close()

    def _decoded(
        self, packets: Packets, decoder: Callable[[], Decode[AnyFrame]]
    ) -> Generator[tuple[int, AnyFrame]]:
        # The first packet settles which container, and so which decoder, is in use.
        first = next(packets, None)
        if first is None:
            return
        decode = decoder()
        yield from decode(self._feed(chain((first,), packets)), lambda: self.wanted)

    def _feed(self, packets: Packets) -> Packets:
        for number, packet in packets:
            self.fed = number
            yield number, packet


class FrameSeeker(Generic[AnyFrame]):
    """Begins at the keyframe before a frame, decodes up to it, and knows it by its packet.

    Frames are found in any order, and soonest where the next one follows the last.

    :param packets_from: the packets from a number on.
    :param decoder: asked at each start, once the first packet has come.
    """

    def __init__(
        self,
        decoded: DecodedFrames,
        by_packet: FramesByPacket,
        packets_from: Callable[[int], Packets],
        decoder: Callable[[], Decode[AnyFrame]],
    ) -> None:
        self._decoded = decoded
        self._by_packet = by_packet
        self._packets_from = packets_from
        self._decoder = decoder
        self.reach = 0
        """How many keyframes before the nearest one had to be tried so far, up to one."""
        self._run: _Run[AnyFrame] | None = None
        self._reached = -1

    def frame(self, ordinal: int) -> AnyFrame | None:
        """The frame with this ordinal, None where it does not come.

        It may be damaged where the scan's was not, if it comes no better; :meth:`is_spoilt` tells.

        :raises NotCachedError: a packet that it needs is not to be had from a cache.
        :raises GpuServiceError: reading failed.
        """
        try:
            return self._frame(ordinal)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of what has been decoded; the next frame begins anew."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def is_spoilt(self, frame: AnyFrame, ordinal: int) -> bool:
        """Damaged this time only: how a decoder mends depends on what it had decoded before."""
        return frame.is_corrupt and ordinal not in self._decoded.corrupt

    def _frame(self, ordinal: int) -> AnyFrame | None:
        self._by_packet.catch_up()
        entries = self._decoded.entries_before(ordinal)
        if self._goes_on(ordinal, entries[0]):
            # The cache may have forgotten what lies between, and still have the next keyframe.
            with suppress(NotCachedError):
                frame = self._advance(ordinal)
                if frame is not None and not self.is_spoilt(frame, ordinal):
                    return frame
        spoilt: AnyFrame | None = None
        for tried, entry in enumerate(entries):
            self.reach = max(self.reach, min(tried, _MAX_REACH))
            self.close()
            self._run = _Run(self._packets_from(entry), entry, self._decoder)
            frame = self._advance(ordinal)
            if frame is not None and not self.is_spoilt(frame, ordinal):
                return frame
            spoilt = frame or spoilt
        return spoilt

    def _goes_on(self, ordinal: int, entry: int) -> bool:
        if self._run is None or ordinal <= self._reached:
            return False
        return entry <= self._run.fed + _SHORT_HOP_PACKETS

    def _advance(self, ordinal: int) -> AnyFrame | None:
        """Decode on up to the frame; None when it was missed."""
        if self._run is not None:
            self._run.wanted = self._decoded.packets[ordinal]
        for packet, come, frame in self._run or ():
            found = self._by_packet.ordinal(packet, come)
            if found == ordinal:
                self._reached = ordinal
                return frame
            if found > ordinal:
                break
        self.close()
        return None
