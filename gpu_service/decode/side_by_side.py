"""Groups of pictures that are decoded at the same time, each by a thread of its own.

Threads of libavcodec that share a stream hand over every frame: on two cores that costs a fifth of
the processor's time, and still keeps no more than one and a half of them busy (measured). Groups
that lean on nothing before them have nothing to hand over, and are scaled where they were decoded.

What comes out is what one decoder would give. A frame is given on only if every one before it has
been: in order, one a packet, undamaged. At the first that isn't, or where a group leans on what was
before, that group and all that follows are decoded by one decoder, as any other video is, beginning
with the group before, which tells it what it has to know. How it mends a damaged picture may still
depend on what came earlier.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import chain
from queue import SimpleQueue
from typing import TypeAlias

from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.again import decoder_like
from gpu_service.decode.batch_scale import MAX_BATCH_FRAMES
from gpu_service.decode.closed_gops import LEAST_PACKETS, ClosedGops, Step
from gpu_service.decode.decode import decode_packets, introduce, set_up, start_anew
from gpu_service.decode.downscale import Downscaled, Downscaler, batches
from gpu_service.decode.gop import Gop, SpoiltError
from gpu_service.decode.index import PacketIndex
from gpu_service.decode.one_decoder import downscaled

_GOPS_AHEAD = 1
"""Read beyond those that are being decoded, for groups are not equally long."""

_Numbered: TypeAlias = "tuple[int, Packet[VideoStream]]"


class SideBySide:
    """Decodes and scales one stream, once.

    :param stream: its own decoder is left for what can't be decoded side by side, and for what is
        wanted again after the scan.
    :param gops: see :func:`~gpu_service.decode.closed_gops.closed_gops`.
    :param index: of the packets, which whoever reads them fills.
    :param threads: of the stream's own decoder; 0 for one a core.
    """

    def __init__(
        self, stream: VideoStream, gops: ClosedGops, index: PacketIndex, *, threads: int
    ) -> None:
        self._stream = stream
        self._gops = gops
        self._index = index
        self._threads = threads
        self._first: Packet[VideoStream] | None = None

    def frames(
        self, packets: Iterator[_Numbered], *, on_error: Callable[[], None]
    ) -> Iterator[Downscaled]:
        """All frames at the model's size, in presentation order.

        :param packets: all of the stream, in file order.
        :param on_error: called for each packet that can't be decoded.
        :raises av.error.FFmpegError: for a pixel format that can't be converted.
        """
        rest = yield from self._side_by_side(packets)
        if rest is not None:
            yield from self._in_sequence(rest, packets, on_error)

    def _side_by_side(
        self, packets: Iterator[_Numbered]
    ) -> Generator[Downscaled, None, _Rest | None]:
        workers = self._gops.at_once
        idle: SimpleQueue[_Decoder] = SimpleQueue()
        decoders = [_Decoder(decoder_like(self._stream)) for _ in range(workers)]
        for decoder in decoders:
            idle.put(decoder)
        before: Gop | None = None
        flight: deque[Gop] = deque()
        shown = _Shown()
        with ThreadPoolExecutor(workers, "decode-gop") as pool:
            try:
                for number, packet in packets:
                    if self._first is None:
                        self._first = packet
                    step = self._gops.step(packet, keyframe=self._index.is_keyframe(number))
                    begins = step is Step.BEGINS
                    if step is Step.LEANS or not shown.in_turn(
                        self._index.pts(number), begins=begins
                    ):
                        return _Rest(before, flight, (number, packet))
                    if not flight or (begins and len(flight[-1].packets) >= LEAST_PACKETS):
                        if flight:
                            flight[-1].complete()
                        flight.append(Gop())
                        pool.submit(self._decode, flight[-1], idle)
                    flight[-1].put(number, packet)
                    if flight[-1].nbytes > self._gops.most_bytes:
                        return _Rest(before, flight)
                    yield from flight[0].take(wait=len(flight) > workers + _GOPS_AHEAD)
                    if flight[0].is_spoilt:
                        return _Rest(before, flight)
                    if flight[0].is_done:
                        before = flight.popleft()
                        self._learn(decoders)
                if flight:
                    flight[-1].complete()
                while flight:
                    yield from flight[0].take(wait=True)
                    if flight[0].is_spoilt:
                        return _Rest(before, flight)
                    before = flight.popleft()
            finally:
                for gop in flight:
                    gop.abandon()
                self._learn(decoders)
        return None

    def _learn(self, decoders: list[_Decoder]) -> None:
        # Pictures that are wanted again are reordered alike.
        own = self._stream.codec_context
        own.reorder_depth = max(own.reorder_depth, *(one.context.reorder_depth for one in decoders))

    def _decode(self, gop: Gop, idle: SimpleQueue[_Decoder]) -> None:
        """In a thread of its own."""
        decoder = idle.get()
        try:
            for batch in batches(self._whole(gop, decoder.ready(self._first)), MAX_BATCH_FRAMES):
                for frames in decoder.scaler.put(batch):
                    gop.give(frames)
            for frames in decoder.scaler.end():
                gop.give(frames)
        except BaseException as failure:  # noqa: BLE001 - whoever takes the frames hears of it
            # Another group may follow here, and frames of this one may be left in the last.
            decoder.scaler = Downscaler()
            gop.finish(failure)
        else:
            gop.finish()
        finally:
            idle.put(decoder)

    def _whole(self, gop: Gop, context: VideoCodecContext) -> Iterator[tuple[int, VideoFrame]]:
        """The group's frames as long as each is the next to be shown of the packets so far.

        :raises SpoiltError: one isn't, or is damaged, or does not come.
        """
        due: list[tuple[int | None, int]] = []

        def noted() -> Iterator[_Numbered]:
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
        self, rest: _Rest, packets: Iterator[_Numbered], on_error: Callable[[], None]
    ) -> Iterator[Downscaled]:
        context = self._stream.codec_context
        set_up(context, self._threads)
        if self._first is not None:
            rest.know(self._first)

        def decode(numbered: Iterator[_Numbered]) -> Iterator[tuple[int, VideoFrame]]:
            for number, frame in decode_packets(context, numbered, on_error=on_error):
                if number >= rest.start and number not in rest.taken:
                    yield number, frame

        yield from downscaled(chain(rest, packets), decode)


class _Decoder:
    """One thread's."""

    def __init__(self, context: VideoCodecContext) -> None:
        self.context = context
        self.scaler = Downscaler()
        set_up(context, 1)

    def ready(self, first: Packet[VideoStream] | None) -> VideoCodecContext:
        """Empty, for the next group.

        :param first: the stream's first packet.
        """
        if first is not None and not self.context.is_open:
            introduce(self.context, first, on_error=_spoilt)
        start_anew(self.context, self.context.reorder_depth)
        return self.context


class _Rest:
    """What one decoder has to go on with.

    :param before: the last group that came whole.
    :param flight: the groups since.
    :param last: read, and in none of them.
    """

    def __init__(
        self, before: Gop | None, flight: deque[Gop], last: _Numbered | None = None
    ) -> None:
        self.history = deque(before.packets if before is not None else ())
        """Decoded for what it tells alone."""
        self.packets = deque(packet for gop in flight for packet in gop.packets)
        if last is not None:
            self.packets.append(last)
        self.start = self.packets[0][0]
        self.taken = flight[0].taken if flight else set()
        """Packets whose frames have been given on."""

    def know(self, first: Packet[VideoStream]) -> None:
        """Begin with the stream's first packet."""
        if (self.history or self.packets)[0][0] > 0:
            self.history.appendleft((0, first))

    def __iter__(self) -> Iterator[_Numbered]:
        for queue in (self.history, self.packets):
            while queue:
                yield queue.popleft()


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


def _spoilt() -> None:
    raise SpoiltError
