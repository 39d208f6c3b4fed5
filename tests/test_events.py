"""Ids and keys that others rely on."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.events import Scores, Segment, event_id, thumbnail_key, timeline_key

PARTS = {
    "video_id": 7,
    "etag": "abc",
    "fingerprint": "f",
    "start_pts": 0,
    "end_pts": 100,
    "thumbnail_pts": 50,
}


def identity(**changes: object) -> int:
    return event_id(**(PARTS | changes))  # type: ignore[arg-type]


def test_an_id_never_changes_between_releases() -> None:
    assert identity() == identity()
    assert identity() == 1381654511625482


@pytest.mark.parametrize("name", PARTS)
def test_every_part_changes_the_id(name: str) -> None:
    other = "other" if isinstance(PARTS[name], str) else 99
    assert identity(**{name: other}) != identity()


@given(st.integers(0, 2**62), st.text(max_size=40), st.integers(-(2**62), 2**62))
def test_ids_are_positive_and_exact_in_a_double(video: int, etag: str, start: int) -> None:
    found = identity(video_id=video, etag=etag, start_pts=start)
    assert 0 < found < 2**53
    assert int(float(found)) == found


def test_the_key_cuts_to_whole_milliseconds() -> None:
    assert thumbnail_key(5, Fraction(1999, 1000) + Fraction(9, 10_000)) == (
        "events/event_5/frame_1999.jpg"
    )
    assert thumbnail_key(5, Fraction(1001, 1000)) == f"events/event_5/frame_{int(1.001 * 1000)}.jpg"
    assert timeline_key("7") == "events/sessions/7/timeline_overview.jpg"


def test_scores_of_other_shapes_are_refused() -> None:
    good = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="float32"):
        Scores(good, np.zeros(3, np.float64))
    with pytest.raises(ValueError, match="differ"):
        Scores(good, np.zeros(4, np.float32))


def test_empty_segments_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Segment(4, 4)
