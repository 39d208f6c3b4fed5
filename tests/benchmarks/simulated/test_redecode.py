from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.simulated.redecode import Redecode
from gpu_service.decode.cache import NotCachedError
from gpu_service.decode.decoded import DecodedFrames

_GOP = 10
_COUNT = 40


class _Packets:
    """Packets ``[first, 40)``; those before have been forgotten."""

    def __init__(self, first: int = 0) -> None:
        self.first = first

    def __call__(self, number: int) -> Iterator[tuple[int, None]]:
        for one in range(number, _COUNT):
            if one < self.first:
                raise NotCachedError
            yield one, None


@pytest.fixture
def decoded() -> DecodedFrames:
    frames = DecodedFrames()
    for number in range(_COUNT):
        frames.append(number, number, entry=number % _GOP == 0, corrupt=False)
    return frames


def test_a_picture_costs_the_frames_from_its_keyframe_on(decoded: DecodedFrames) -> None:
    assert Redecode(decoded, _Packets()).frames_to(17) == 8


def test_a_decoder_goes_on_where_that_is_nearer(decoded: DecodedFrames) -> None:
    redecode = Redecode(decoded, _Packets())
    redecode.frames_to(12)
    assert redecode.frames_to(15) == 3
    assert redecode.frames_to(33) == 4
    assert redecode.frames_to(11) == 2


def test_without_its_packets_there_is_no_picture(decoded: DecodedFrames) -> None:
    packets = _Packets()
    redecode = Redecode(decoded, packets)
    redecode.frames_to(12)
    packets.first = 30
    assert redecode.frames_to(15) is None
    assert redecode.frames_to(31) == 2
