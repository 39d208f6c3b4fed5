"""Groups of pictures that are decoded at the same time, each by a thread of its own.

Threads of libavcodec that share a stream hand over every frame: on two cores that costs a fifth of
the processor's time, and still keeps no more than one and a half of them busy (measured). Groups
that lean on nothing before them have nothing to hand over, and are scaled where they were decoded.

What comes out is what one decoder would give. A frame is given on only if every one before it has
been: in order, one a packet, undamaged. At the first that isn't, or where a group leans on what was
before, that group and all that follows are decoded by one decoder, as any other video is, beginning
with the group before, which tells it what it has to know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain
from queue import SimpleQueue
from typing import TypeAlias

from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.again import decoder_like
from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.decode.closed_gops import ClosedGops, Step
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.downscale import Downscaled, batches, downscale, downscaled
from gpu_service.decode.gop import Gop, SpoiltError
from gpu_service.decode.index import PacketIndex

_GOPS_AHEAD = 1
"""Read beyond those that are being decoded, for groups are not equally long."""

_LEAST_PACKETS = 8
"""Shorter groups are decoded together with the next: a decoder has to be emptied behind each."""

_Packets: TypeAlias = "Iterator[tuple[int, Packet[VideoStream]]]"


@dataclass(slots=True)
class _Rest:
    """What one decoder has to go on with.

    :param history: packets that it decodes for what they tell it alone.
    :param packets: read already, and to be decoded.
    :param taken: those whose frames have been given on.
    """

    history: list[tuple[int, Packet[VideoStream]]]
    packets: list[tuple[int, Packet[VideoStream]]]
    taken: set[int]


class _Decoder:
    """One thread's."""

    def __init__(self, context: VideoCodecContext) -> None:
        self.context = context
        self.scaler = BatchScaler()
        set_up(context, 1)


class SideBySide:
    """Decodes and scales one stream, once.

    :param stream: its own decoder is one of those at work.
    :param gops: see :func:`~gpu_service.decode.closed_gops.closed_gops`.
    :param index: of the packets, which whoever reads them fills.
    :param workers: groups at the same time.
    """

    def __init__(
        self, stream: VideoStream, gops: ClosedGops, index: PacketIndex, workers: int
    ) -> None:
        self._stream = stream
        self._gops = gops
        self._index = index
        self._workers = workers
        contexts = [stream.codec_context, *(decoder_like(stream) for _ in range(workers - 1))]
        self._contexts = contexts
        self._idle: SimpleQueue[_Decoder] = SimpleQueue()
        for context in contexts:
            self._idle.put(_Decoder(context))
        self._first: Packet[VideoStream] | None = None

    def frames(self, packets: _Packets, *, on_error: Callable[[], None]) -> Iterator[Downscaled]:
        """All frames at the model's size, in presentation order.

        :param packets: all of the stream, in file order.
        :param on_error: called for each packet that can't be decoded.
        :raises av.error.FFmpegError: for a pixel format that can't be converted.
        """
        rest = yield from self._side_by_side(packets)
        known = max(context.reorder_depth for context in self._contexts)
        # It decodes what is wanted again after the scan.
        self._stream.codec_context.reorder_depth = known
        if rest is not None:
            yield from self._in_sequence(rest, packets, on_error)

    def _side_by_side(self, packets: _Packets) -> Generator[Downscaled, None, _Rest | None]:
        before: Gop | None = None
        flight: deque[Gop] = deque()
        shown = _Shown()
        with ThreadPoolExecutor(self._workers, "decode-gop") as pool:
            try:
                for number, packet in packets:
                    step = self._gops.step(packet, keyframe=self._index.is_keyframe(number))
                    if not shown.in_turn(self._index.pts(number), begins=step is Step.BEGINS):
                        step = Step.LEANS
                    if self._first is None:
                        self._first = packet
                        flight.append(Gop())
                        pool.submit(self._decode, flight[-1])
                    elif step is Step.BEGINS and len(flight[-1].packets) >= _LEAST_PACKETS:
                        flight[-1].complete()
                        flight.append(Gop())
                        pool.submit(self._decode, flight[-1])
                    flight[-1].put(number, packet)
                    while flight:
                        yield from flight[0].take(wait=len(flight) > self._workers + _GOPS_AHEAD)
                        if step is Step.LEANS or flight[0].is_spoilt:
                            return _rest(before, flight)
                        if not flight[0].is_done:
                            break
                        before = flight.popleft()
                if flight:
                    flight[-1].complete()
                while flight:
                    yield from flight[0].take(wait=True)
                    if flight[0].is_spoilt:
                        return _rest(before, flight)
                    before = flight.popleft()
            finally:
                for gop in flight:
                    gop.abandon()
        return None

    def _decode(self, gop: Gop) -> None:
        """In a thread of its own."""
        decoder = self._idle.get()
        try:
            for batch in batches(self._whole(gop, self._ready(decoder.context))):
                gop.give(downscale(decoder.scaler, batch))
        except BaseException as failure:  # noqa: BLE001 - it is raised where frames are taken
            gop.finish(failure)
        else:
            gop.finish()
        finally:
            self._idle.put(decoder)

    def _ready(self, context: VideoCodecContext) -> VideoCodecContext:
        if self._first is not None and not context.is_open:
            # What a video says of itself in its first packet alone stays with the decoder.
            for _ in decode_packets(context, iter([(0, self._first)]), on_error=_spoilt):
                pass
        depth = context.reorder_depth
        context.flush_buffers()
        # A flush may forget how far pictures are reordered, and the first ones would be lost.
        context.reorder_depth = max(depth, context.reorder_depth)
        return context

    def _whole(self, gop: Gop, context: VideoCodecContext) -> Iterator[tuple[int, VideoFrame]]:
        """The group's frames as long as each is the next to be shown of the packets so far.

        :raises SpoiltError: one isn't, or is damaged, or does not come.
        """
        due: list[tuple[int | None, int]] = []

        def noted() -> _Packets:
            for number, packet in gop.feed():
                if not packet.is_discard:
                    heappush(due, (self._index.pts(number), number))
                yield number, packet

        for number, frame in decode_packets(context, noted(), on_error=_spoilt):
            if frame.is_corrupt or not due or heappop(due)[1] != number:
                raise SpoiltError
            # That of the packet which pushed it out: at the end of a group there is none.
            frame.dts = None
            yield number, frame
        if due:
            raise SpoiltError

    def _in_sequence(
        self, rest: _Rest, packets: _Packets, on_error: Callable[[], None]
    ) -> Iterator[Downscaled]:
        context = decoder_like(self._stream)
        set_up(context, self._workers)
        start = rest.packets[0][0]
        fed = chain(rest.history, rest.packets, packets)
        decoded = decode_packets(context, fed, on_error=on_error)
        yield from downscaled(
            (number, frame)
            for number, frame in decoded
            if number >= start and number not in rest.taken
        )


class _Shown:
    """Whether all packets have times, none twice, and none before that of their group's first."""

    def __init__(self) -> None:
        self._group: set[int] = set()
        self._least: int | None = None

    def in_turn(self, pts: int | None, *, begins: bool) -> bool:
        """Of the next packet, in file order.

        :param begins: a group.
        """
        if pts is None:
            return False
        if begins:
            if self._group and pts <= max(self._group):
                return False
            self._group = set()
            self._least = pts
        if pts in self._group or (self._least is not None and pts < self._least):
            return False
        self._group.add(pts)
        return True


def _rest(before: Gop | None, flight: deque[Gop]) -> _Rest:
    history = [] if before is None else before.packets
    return _Rest(history, [packet for gop in flight for packet in gop.packets], flight[0].taken)


def _spoilt() -> None:
    raise SpoiltError
