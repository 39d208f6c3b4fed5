"""Frames scaled beside the decoder: in order, few at a time, without a thread left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TypeAlias, cast

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.one_decoder import downscaled
from gpu_service.decode.scale import Scaler

Numbered: TypeAlias = "tuple[int, Packet[VideoStream]]"

WAIT_SECONDS = 20


def packets(count: int, size: int = 1) -> Iterator[Numbered]:
    for number in range(count):
        yield number, cast("Packet[VideoStream]", av.Packet(size))


class Decoder:
    """One plain frame a packet, of a shade of its own; :ivar given: so many so far."""

    def __init__(self, width: int = 64, height: int = 48, pixels: str = "yuv444p") -> None:
        self.given = 0
        self._size = (height, width, 3)
        self._pixels = pixels

    def frame(self, number: int) -> VideoFrame:
        shade = np.full(self._size, number, np.uint8)
        return av.VideoFrame.from_ndarray(shade, "rgb24").reformat(format=self._pixels)

    def __call__(self, numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        for number, _ in numbered:
            self.given += 1
            yield number, self.frame(number)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name == "decode"}


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 100])
def test_every_frame_comes_once_and_in_order(count: int) -> None:
    scaler, decoder = Scaler(), Decoder()
    expected = [scaler.rgb(decoder.frame(number), 48, 27) for number in range(count)]
    parts = list(downscaled(packets(count), decoder))
    found = [frame for part in parts for frame in part.rgb]
    assert len(found) == count
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
    assert [note.packet for part in parts for note in part.notes] == list(range(count))
    assert not threads()


@pytest.mark.parametrize(
    ("width", "height", "handed", "together"),
    [(64, 48, 4, 12), (640, 360, 4, 8), (1280, 720, 2, 2), (3840, 2160, 1, 1)],
)
@pytest.mark.parametrize("pixels", ["yuv444p", "yuv420p"])
def test_few_frames_are_alive(
    pixels: str, width: int, height: int, handed: int, together: int
) -> None:
    decoder = Decoder(width, height, pixels)
    given = 0
    most = 0
    for part in downscaled(packets(60), decoder):
        most = max(most, decoder.given - given)
        given += len(part.notes)
    assert given == 60
    # Being scaled, two that wait, and one that is full or being filled.
    waiting = together if pixels == "yuv420p" else 0
    assert max(handed, waiting) <= most <= waiting + 4 * handed


def test_a_decoder_that_gives_nothing_for_long_is_fed_on() -> None:
    def late(numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        kept = list(numbered)
        yield from Decoder()(iter(kept))

    assert sum(len(part.notes) for part in downscaled(packets(200), late)) == 200


def test_packets_are_read_while_the_decoder_works() -> None:
    read = threading.Event()

    def noted() -> Iterator[Numbered]:
        for packet in packets(20):
            if packet[0] == 19:
                read.set()
            yield packet

    def waiting(numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        for decoded in Decoder()(numbered):
            assert read.wait(WAIT_SECONDS)
            yield decoded

    assert sum(len(part.notes) for part in downscaled(noted(), waiting)) == 20


@pytest.mark.parametrize(("size", "most"), [(1, 32), (1 << 20, 8), (9 << 20, 1)])
def test_few_packets_wait_for_the_decoder(size: int, most: int) -> None:
    read: list[int] = []
    let_go = threading.Event()

    def noted() -> Iterator[Numbered]:
        for packet in packets(100, size):
            read.append(packet[0])
            if len(read) == most:
                let_go.set()
            yield packet

    waiting: list[int] = []

    def idle(numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        assert let_go.wait(WAIT_SECONDS)
        # The reader has had every chance to read on.
        time.sleep(0.2)
        waiting.append(len(read))
        yield from Decoder()(numbered)

    assert sum(len(part.notes) for part in downscaled(noted(), idle)) == 100
    assert waiting == [most]


def test_a_decoder_that_ends_early_ends_it_all() -> None:
    def early(numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        yield next(Decoder()(numbered))

    assert sum(len(part.notes) for part in downscaled(packets(100), early)) == 1
    assert not threads()


@pytest.mark.parametrize("taken", [1, 3])
def test_left_early_the_thread_ends(taken: int) -> None:
    parts = downscaled(packets(200), Decoder())
    with closing(parts):  # type: ignore[type-var]
        for _ in range(taken):
            next(parts)
        assert threads()
    assert not threads()


def test_a_source_that_fails_is_heard_and_the_thread_ends() -> None:
    def failing() -> Iterator[Numbered]:
        yield from packets(20)
        raise OSError("the source is gone")

    with pytest.raises(OSError, match="the source is gone"):
        list(downscaled(failing(), Decoder()))
    assert not threads()


@pytest.mark.parametrize("count", [21, 200])
def test_a_decoder_that_fails_is_heard_and_the_thread_ends(count: int) -> None:
    def failing(numbered: Iterator[Numbered]) -> Iterator[tuple[int, VideoFrame]]:
        for number, frame in Decoder()(numbered):
            if number == 20:
                raise MemoryError("no room for a picture")
            yield number, frame

    with pytest.raises(MemoryError, match="no room"):
        list(downscaled(packets(count), failing))
    assert not threads()
