from __future__ import annotations

import pytest

from benchmarks.chrome_trace import Slice
from benchmarks.gpu.feeding import unfed_shares
from tests.benchmarks.slices import model, video


def shares(engines: int, *slices: Slice) -> dict[str, float]:
    """Those that are not nothing."""
    found = unfed_shares([model(0, 100), *slices], engines)
    return {cause: round(share, 6) for cause, share in found.items() if share}


def test_engines_that_scans_keep_busy_want_for_nothing() -> None:
    scans = (video("decode", 0, 10), video("decode", 0, 10, lane="b"))
    assert shares(2, *scans) == shares(1, *scans) == {}


def test_a_wait_of_the_only_video_has_its_cause() -> None:
    found = shares(
        1,
        video("decode", 10, 12),
        video("decode", 12, 15, "starved"),
        video("decode", 15, 16),
        video("decode", 16, 17, "blocked"),
        video("decode", 17, 20),
    )
    assert found == {"starved": 0.3, "blocked": 0.1}


def test_a_wait_matters_only_where_no_other_video_feeds_the_engine() -> None:
    found = shares(
        1,
        video("decode", 0, 4, "starved"),
        video("decode", 4, 10),
        video("decode", 0, 3, lane="b"),
        video("decode", 3, 10, "blocked", lane="b"),
    )
    assert found == {"starved": 0.05, "blocked": 0.05}


def test_engines_beyond_the_videos_have_none() -> None:
    assert shares(4, video("decode", 0, 10)) == {"absent": 0.75}


def test_before_and_behind_its_scan_a_video_feeds_no_engine() -> None:
    """Unless a midpoint is decoded again."""
    found = shares(
        2,
        video("decode", 0, 10),
        video("open", 1, 2, lane="b"),
        video("decode", 3, 5, lane="b"),
        video("seek", 4, 6, lane="b"),
        video("upload", 6, 8, lane="b"),
    )
    assert found == {"between": 0.2, "absent": 0.15}


def test_a_video_whose_midpoints_are_decoded_waits_for_nothing() -> None:
    found = shares(
        4,
        video("decode", 0, 10),
        video("decode", 0, 2, lane="b"),
        video("seek", 2, 10, lane="b"),
    )
    assert found == {"absent": 0.5}


def test_only_the_time_of_scans_counts() -> None:
    found = shares(1, video("open", 0, 50), video("decode", 50, 60), video("sheet", 60, 100))
    assert found == {}


def test_without_a_scan_there_are_no_shares() -> None:
    with pytest.raises(ValueError, match="no video is decoded"):
        unfed_shares([model(0, 1)], 1)
