"""One decoder in a thread of its own, while the caller's reads packets and scales frames.

To decode is most of the work and can't be shared out, so that nothing else is done there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeAlias

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.downscale import Batch, Downscaled, Downscaler, batches

_BATCHES_AHEAD = 2
"""Enough for the decoder to go on; more would only hold more frames."""

_MAX_BATCH_FRAMES = 4
"""Of a video of few frames, little is left to scale when the last one is decoded."""

_PACKETS_AHEAD = 32
"""So that the threads seldom wait for each other."""

_BYTES_AHEAD = 8 << 20
"""Of those packets, beside one: they are in no budget."""

_Numbered: TypeAlias = "tuple[int, Packet[VideoStream]]"

Decode: TypeAlias = Callable[[Iterator[_Numbered]], Iterator[tuple[int, VideoFrame]]]
"""Packets to frames in presentation order, each with the number of its packet."""


def downscaled(packets: Iterator[_Numbered], decode: Decode) -> Iterator[Downscaled]:
    """The frames at the model's size, in order, some at a time.

    The thread that decodes ends with the iterator.

    :param packets: read by the caller's thread.
    :param decode: called once, in the other one.
    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    scaler = Downscaler()
    decoding = _Decoding(decode)
    try:
        for packet in packets:
            decoding.put(packet)
            while not decoding.is_done and (decoding.has_news or decoding.is_full):
                if batch := decoding.take():
                    yield from scaler.put(batch)
            if decoding.is_done:
                break
        decoding.no_more()
        while not decoding.is_done:
            if batch := decoding.take():
                yield from scaler.put(batch)
        yield from scaler.end()
    finally:
        decoding.end()


class _News(NamedTuple):
    """:param packets: that were used up since the last.

    :param batch: of frames, perhaps empty; None behind the last.
    """

    packets: int
    batch: Batch | None
    failure: BaseException | None = None


class _Decoding:
    """The thread, and what passes between it and the one that made it."""

    def __init__(self, decode: Decode) -> None:
        self.is_done = False
        self._ahead: deque[int] = deque()
        """The sizes of the packets that are not known to be used up."""
        self._ahead_bytes = 0
        self._decode = decode
        self._abandoned = False
        self._used = 0
        self._packets: SimpleQueue[_Numbered | None] = SimpleQueue()
        self._news: SimpleQueue[_News] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        for _ in range(_BATCHES_AHEAD):
            self._room.put(None)
        # Not to be waited for by an interpreter that ends.
        self._thread = Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    def put(self, packet: _Numbered) -> None:
        """The next packet."""
        size = packet[1].size
        self._ahead.append(size)
        self._ahead_bytes += size
        self._packets.put(packet)

    def no_more(self) -> None:
        """That was the last one."""
        self._packets.put(None)

    @property
    def is_full(self) -> bool:
        """Whether enough packets wait."""
        return len(self._ahead) >= _PACKETS_AHEAD or self._ahead_bytes >= _BYTES_AHEAD

    @property
    def has_news(self) -> bool:
        """Whether :meth:`take` would not wait."""
        return not self._news.empty()

    def take(self) -> Batch | None:
        """The next frames, or None where packets were used up that gave none so far.

        :raises Exception: what decoding has failed with.
        """
        news = self._news.get()
        for _ in range(news.packets):
            self._ahead_bytes -= self._ahead.popleft()
        if news.failure is not None:
            raise news.failure
        if news.batch:
            self._room.put(None)
        self.is_done = news.batch is None
        return news.batch

    def end(self) -> None:
        """Stop, and wait for the thread."""
        self._abandoned = True
        self.no_more()
        self._room.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            for batch in batches(self._decode(self._fed()), _MAX_BATCH_FRAMES):
                self._room.get()
                if self._abandoned:
                    return
                self._tell(batch)
                del batch
        except BaseException as failure:  # noqa: BLE001 - raised again by take
            self._news.put(_News(0, None, failure))
        else:
            self._news.put(_News(0, None))

    def _fed(self) -> Iterator[_Numbered]:
        while (packet := self._packets.get()) is not None and not self._abandoned:
            self._used += 1
            yield packet
            if self._packets.empty():
                # Whoever waits for the number of packets to fall must not wait for frames.
                self._tell([])

    def _tell(self, batch: Batch) -> None:
        self._news.put(_News(self._used, batch))
        self._used = 0
