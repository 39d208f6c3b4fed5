"""The busy share of the accelerator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.trace import Phase, StageEvent, Trace
from gpu_service.trace_occupancy import Occupancy


def piece(start: float, seconds: float, *, stage: str = "detect", **fields: object) -> StageEvent:
    return StageEvent(stage, Phase.COMPLETE, seconds, dict(fields), at_seconds=start + seconds)


def test_start_up_and_the_time_after_do_not_count() -> None:
    occupancy = Occupancy("detect")
    occupancy(StageEvent("detect", Phase.STARVED, 9.0, at_seconds=10.0))
    occupancy(piece(10.0, 3.0, windows=4, frames=200))
    occupancy(piece(14.0, 1.0, windows=1, frames=7))
    occupancy(StageEvent("detect", Phase.STARVED, 50.0, at_seconds=65.0))
    assert occupancy.share == pytest.approx(4 / 5)
    assert occupancy.busy_seconds == pytest.approx(4)
    assert occupancy.span_seconds == pytest.approx(5)
    assert (occupancy.pieces, occupancy.count("windows"), occupancy.count("frames")) == (2, 5, 207)


def test_other_stages_do_not_count() -> None:
    occupancy = Occupancy("detect")
    occupancy(piece(0.0, 5.0, stage="decode"))
    assert occupancy.share is None
    assert occupancy.span_seconds == 0
    assert occupancy.count("windows") == 0


def test_work_that_failed_was_work() -> None:
    occupancy = Occupancy("detect")
    occupancy(StageEvent("detect", Phase.FAILED, 1.0, at_seconds=1.0))
    occupancy(piece(3.0, 1.0))
    assert occupancy.share == pytest.approx(0.5)


def test_a_lent_thread_is_busy_with_another_one_s_piece() -> None:
    occupancy = Occupancy("detect")
    occupancy.places = 2
    occupancy(piece(0.0, 4.0))
    occupancy(StageEvent("detect", Phase.LENT, 3.0, at_seconds=4.0))
    assert occupancy.share == pytest.approx(7 / 8)
    assert occupancy.pieces == 1


def test_one_piece_of_no_length_is_all_of_its_time() -> None:
    occupancy = Occupancy("detect")
    occupancy(piece(1.0, 0.0))
    assert occupancy.share == 1.0


def test_it_hears_a_run_and_its_videos() -> None:
    occupancy = Occupancy("detect")
    trace = Trace(occupancy)
    with trace.span("detect", windows=2):
        pass
    with trace.child("a").span("decode"):
        pass
    assert occupancy.pieces == 1
    assert occupancy.share == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.001, 10)), min_size=1))
def test_the_share_is_that_of_the_gaps(pieces: list[tuple[float, float]]) -> None:
    occupancy = Occupancy("detect")
    now = 100.0
    gaps = 0.0
    for number, (gap, seconds) in enumerate(pieces):
        if number:
            gaps += gap
            now += gap
        occupancy(piece(now, seconds))
        now += seconds
    busy = sum(seconds for _, seconds in pieces)
    assert occupancy.share == pytest.approx(busy / (busy + gaps), rel=1e-6)


def test_each_worker_of_a_stage_counts() -> None:
    occupancy = Occupancy("detect")
    occupancy.places = 2
    occupancy(piece(0.0, 4.0))
    occupancy(piece(0.0, 2.0))
    assert occupancy.share == pytest.approx(6 / 8)
