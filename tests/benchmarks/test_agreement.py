from __future__ import annotations

import pytest

from benchmarks.agreement import differences, match, starts

_FRAME = {"v": 0.04}
_EVENTS = [(0.0, 2.0), (2.0, 5.0), (5.04, 9.0)]


def test_the_same_events_agree() -> None:
    assert differences({"v": _EVENTS}, {"v": _EVENTS}, _FRAME) == []


def test_two_frames_are_allowed_and_three_are_not() -> None:
    def moved(frames: int) -> list[tuple[float, float]]:
        return [*_EVENTS[:2], (5.04 + frames * 0.04, 9.0)]

    assert differences({"v": moved(2)}, {"v": _EVENTS}, _FRAME) == []
    (line,) = differences({"v": moved(3)}, {"v": _EVENTS}, _FRAME)
    assert line.startswith("v: a bound is 0.120 s away")


def test_another_number_of_events_is_said() -> None:
    assert differences({"v": _EVENTS[:2]}, {"v": _EVENTS}, _FRAME) == [
        "v: 2 events, the other has 3"
    ]


def test_a_video_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        differences({}, {"v": _EVENTS}, _FRAME)


@pytest.mark.parametrize(
    ("found", "wanted", "f1"),
    [
        ([], [], 1.0),
        ([1.0, 2.0], [1.0, 2.0], 1.0),
        ([1.05], [1.0], 1.0),
        ([1.2], [1.0], 0.0),
        ([1.0], [1.0, 2.0], 2 / 3),
        # One boundary can't stand for two.
        ([1.0], [0.95, 1.05], 2 / 3),
        ([], [1.0], 0.0),
    ],
)
def test_f1(found: list[float], wanted: list[float], f1: float) -> None:
    assert match(found, wanted, 0.1).f1 == pytest.approx(f1)


def test_boundaries_are_where_events_begin_but_the_first() -> None:
    assert starts(_EVENTS) == [2.0, 5.04]
