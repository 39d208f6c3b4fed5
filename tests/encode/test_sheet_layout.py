from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.encode.sheet_layout import (
    SHEET_HEIGHT_PIXELS,
    SHEET_WIDTH_PIXELS,
    even_sample,
    plan_layout,
)


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [
        (3, 5, [0, 1, 2]),
        (0, 5, []),
        (10, 4, [0, 3, 6, 9]),
        (9, 2, [0, 8]),
        (9, 1, [0]),
        (9, 0, []),
    ],
)
def test_a_sample_is_even(count: int, limit: int, expected: list[int]) -> None:
    assert even_sample(count, limit) == expected


@given(st.integers(0, 5000), st.integers(2, 300))
def test_a_sample_has_both_ends_and_equal_steps(count: int, limit: int) -> None:
    sample = even_sample(count, limit)

    assert len(sample) == min(count, limit)
    steps = {b - a for a, b in pairwise(sample)}
    assert all(step > 0 for step in steps)
    assert not steps or max(steps) - min(steps) <= 1
    if count:
        assert (sample[0], sample[-1]) == (0, count - 1)


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(1, 2000), st.integers(1, 3))
def test_a_sheet_never_outgrows_its_bounds(counts: list[int], most: int, lines: int) -> None:
    layout = plan_layout(counts, max_tiles=most, lines=lines, line_height=22)

    assert layout.width <= SHEET_WIDTH_PIXELS
    assert layout.height <= SHEET_HEIGHT_PIXELS
    assert len(layout.shown) == len(counts)
    assert sum(map(len, layout.shown)) <= min(most, sum(counts))
    for count, shown in zip(counts, layout.shown, strict=True):
        assert all(0 <= index < count for index in shown)


def test_videos_that_fit_are_shown_whole() -> None:
    layout = plan_layout([5, 0, 12], max_tiles=120, lines=1, line_height=22)

    assert layout.shown == (tuple(range(5)), (), tuple(range(12)))


def test_a_thousand_videos_of_one_event_are_thinned_out() -> None:
    layout = plan_layout([1] * 1000, max_tiles=2000, lines=1, line_height=22)

    assert 20 < sum(map(len, layout.shown)) < 1000
    assert layout.height <= SHEET_HEIGHT_PIXELS
