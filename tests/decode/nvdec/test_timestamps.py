from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.decode.nvdec.timestamps import Timestamps
from gpu_service.errors import InternalError

MILLISECONDS = Fraction(1, 1000)


class Parser:
    """As NVDEC's: a picture that is displayed gets the smallest timestamp that is waiting."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._pictures: list[tuple[int, int]] = []
        self._timestamps: list[int] = []

    def parse(self, order: int, number: int, timestamp: int) -> list[tuple[int, int]]:
        """Each picture that is displayed, and the timestamp that it comes with.

        :param order: in which it is to be displayed.
        """
        self._pictures.append((order, number))
        self._timestamps.append(timestamp)
        return self._displayed(self._depth)

    def drain(self) -> list[tuple[int, int]]:
        return self._displayed(0)

    def _displayed(self, held: int) -> list[tuple[int, int]]:
        found = []
        while len(self._pictures) > held:
            picture, timestamp = min(self._pictures), min(self._timestamps)
            self._pictures.remove(picture)
            self._timestamps.remove(timestamp)
            found.append((picture[1], timestamp))
        return found


def taken(timestamps: Timestamps, displayed: list[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """Each picture's packet, and which one it is taken for."""
    return [(picture, timestamps.take(timestamp)) for picture, timestamp in displayed]


def decoded(
    pts: list[int | None], orders: list[int], depth: int, keyframes: tuple[int, ...] = ()
) -> list[tuple[int, int | None]]:
    timestamps = Timestamps(MILLISECONDS, reordered=None not in pts)
    parser = Parser(depth)
    found = []
    for number, (one, order) in enumerate(zip(pts, orders, strict=True)):
        timestamp = timestamps.give(number, one, keyframe=number in keyframes)
        found += taken(timestamps, parser.parse(order, number, timestamp))
    return found + taken(timestamps, parser.drain())


@st.composite
def reordered(draw: st.DrawFn) -> tuple[list[int], int]:
    """PTS in decode order, seconds apart or less, none more than ``depth`` packets early."""
    steps = draw(st.lists(st.integers(1, 5000), min_size=1, max_size=40))
    first = draw(st.integers(-(2**33), 2**33))
    pts = [first + sum(steps[:place]) for place in range(len(steps))]
    depth = draw(st.integers(0, 4))
    blocks = [pts[place : place + depth + 1] for place in range(0, len(pts), depth + 1)]
    return [one for block in blocks for one in draw(st.permutations(block))], depth


@given(reordered())
def test_every_picture_is_known_again(video: tuple[list[int], int]) -> None:
    pts, depth = video
    # A picture is displayed once nothing that is shown before it can come.
    for picture, packet in decoded([*pts], pts, 2 * depth):
        assert packet == picture


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_repeated_times_are_taken_in_file_order(steps: list[int]) -> None:
    pts = [sum(steps[:place]) for place in range(len(steps))]
    found = decoded([*pts], list(range(len(pts))), 2)
    assert found == [(number, number) for number in range(len(pts))]


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_without_a_time_a_packet_is_behind_those_before(known: list[bool]) -> None:
    pts = [40 * number if one else None for number, one in enumerate(known)]
    found = decoded(pts, list(range(len(pts))), 2)
    assert found == [(number, number) for number in range(len(pts))]


def test_without_times_it_does_not_matter_where_decoding_begins() -> None:
    whole, part = (Timestamps(MILLISECONDS, reordered=False) for _ in range(2))
    given_all = [whole.give(number, None, keyframe=False) for number in range(20)]
    found = [part.give(number, None, keyframe=number == 12) for number in range(12, 20)]
    assert found == given_all[12:]


@pytest.mark.parametrize("back_seconds", [0.3, 1.5, 3600.0])
def test_a_clock_that_is_reset_goes_on(back_seconds: float) -> None:
    """With B-frames on either side."""
    first = [0, 120, 40, 80, 240, 160, 200]
    again = [round(200 - back_seconds * 1000) + one for one in first]
    orders = [*first, *(10_000 + one for one in first)]
    found = decoded([*first, *again], orders, 2, keyframes=(0, len(first)))
    assert all(picture == packet for picture, packet in found)


def test_among_frames_out_of_order_each_needs_a_time() -> None:
    timestamps = Timestamps(MILLISECONDS, reordered=True)
    timestamps.give(0, 0, keyframe=True)
    with pytest.raises(InternalError, match=r"packet 1: it has no PTS.* --device cpu") as caught:
        timestamps.give(1, None, keyframe=False)
    assert caught.value.reason == "nvdec"


def test_a_clock_that_is_reset_amid_frames_out_of_order_is_an_error() -> None:
    pts: list[int | None] = [5000, 5120, 5040, 5080, 5240, 5160, 5200, 120, 40, 80]
    with pytest.raises(InternalError, match=r"packet \d: its PTS is past"):
        decoded(pts, list(range(len(pts))), 2)


def test_what_leads_the_first_keyframe_may_come_after_it_is_shown() -> None:
    timestamps = Timestamps(MILLISECONDS, reordered=True)
    first = timestamps.give(4, 1000, keyframe=True)
    assert timestamps.take(first) == 4
    assert timestamps.give(5, 920, keyframe=False) < timestamps.give(6, 960, keyframe=False) < first
    timestamps.give(7, 1040, keyframe=False)
    with pytest.raises(InternalError, match="past"):
        timestamps.give(8, 980, keyframe=False)


def test_timestamps_are_positive_and_nothing_waits_for_others() -> None:
    timestamps = Timestamps(MILLISECONDS, reordered=True)
    fed = [
        timestamps.give(number, pts, keyframe=number == 0)
        for number, pts in enumerate((-500, -460, -480))
    ]
    assert min(fed) > 0
    assert timestamps.take(min(fed) - 1) is None
    assert [timestamps.take(one) for one in sorted(fed)] == [0, 2, 1]
    assert timestamps.take(fed[0]) is None
