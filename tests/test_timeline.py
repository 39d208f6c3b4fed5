"""Exact time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.timeline import FrameTimes, Interval, typical_duration

STEPS = st.lists(st.integers(1, 5000), min_size=1, max_size=60)
TIME_BASES = st.fractions(min_value=Fraction(1, 90_000), max_value=1)


def times_of(start: int, steps: list[int], time_base: Fraction) -> FrameTimes:
    pts = [start]
    for step in steps[:-1]:
        pts.append(pts[-1] + step)
    return FrameTimes(pts, pts[-1] + steps[-1], time_base)


@given(st.integers(-(10**9), 10**12), STEPS, TIME_BASES)
def test_zero_is_the_first_frame_and_durations_add_up(
    start: int, steps: list[int], time_base: Fraction
) -> None:
    times = times_of(start, steps, time_base)
    assert times.seconds(times.pts[0]) == 0
    assert times.duration == sum(steps) * time_base
    spans = [times.span(i, i + 1) for i in range(len(times))]
    assert [span.end_pts - span.start_pts for span in spans] == steps


@given(st.integers(0, 10**6), STEPS, st.data())
def test_the_frame_on_screen_is_the_last_that_began(
    start: int, steps: list[int], data: st.DataObject
) -> None:
    times = times_of(start, steps, Fraction(1, 1000))
    at = data.draw(st.fractions(start, times.end_pts - Fraction(1, 7)))
    shown = times.on_screen(at)
    assert shown == max(pts for pts in times.pts if pts <= at)


@given(STEPS, st.data())
def test_the_midpoint_frame_of_a_span_lies_in_the_span(
    steps: list[int], data: st.DataObject
) -> None:
    times = times_of(0, steps, Fraction(1, 25))
    first = data.draw(st.integers(0, len(times) - 1))
    end = data.draw(st.integers(first + 1, len(times)))
    span = times.span(first, end)
    assert span.start_pts <= times.on_screen(span.midpoint_pts) < span.end_pts


def test_a_midpoint_between_two_ticks_is_exact() -> None:
    assert Interval(0, 3, Fraction(1, 30_000)).midpoint_pts == Fraction(3, 2)


@pytest.mark.parametrize(("pts", "end"), [([], 1), ([0, 0], 5), ([3, 2], 5), ([0, 1], 1)], ids=str)
def test_a_broken_order_is_refused(pts: list[int], end: int) -> None:
    with pytest.raises(ValueError, match=r"frame|follow"):
        FrameTimes(pts, end, Fraction(1, 25))


def test_moments_outside_the_video_are_refused() -> None:
    times = FrameTimes([10, 20], 30, Fraction(1, 10))
    for outside in (9, 30):
        with pytest.raises(ValueError, match="outside"):
            times.on_screen(outside)
    with pytest.raises(IndexError):
        times.span(0, 3)


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Interval(5, 5, Fraction(1, 10))
    with pytest.raises(ValueError, match="time base"):
        Interval(5, 6, Fraction(0))


def test_the_typical_duration_is_the_median_step() -> None:
    assert typical_duration([0, 10, 20, 1000]) == 10
    assert typical_duration([7]) == 1
