"""The busy share of the accelerator."""

from __future__ import annotations

import pickle
import sys
import threading

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


def test_workers_of_other_processes_are_further_ones() -> None:
    """On one clock: the span is from the first start to the last end of all of them."""
    run, one, other = Occupancy("detect"), Occupancy("detect"), Occupancy("detect")
    run.places = 0
    one.places, other.places = 1, 2
    one(piece(10.0, 4.0, windows=3, frames=90))
    one(StageEvent("detect", Phase.LENT, 1.0, at_seconds=15.0))
    other(piece(12.0, 8.0, windows=1, batches=2))
    run.add(one)
    run.add(other)
    assert run.places == 3
    assert run.busy_seconds == pytest.approx(13)
    assert run.span_seconds == pytest.approx(10)
    assert run.share == pytest.approx(13 / 30)
    assert run.pieces == 2
    assert [run.count(name) for name in ("windows", "frames", "batches")] == [4, 90, 2]
    assert (one.places, one.pieces, one.count("windows")) == (1, 1, 3)


def test_what_never_worked_adds_nothing() -> None:
    run = Occupancy("detect")
    run.add(Occupancy("detect"))
    assert run.share is None
    assert run.span_seconds == 0


def test_it_travels_to_another_process_as_it_was_then() -> None:
    occupancy = Occupancy("detect")
    occupancy.places = 2
    occupancy(piece(1.0, 3.0, windows=2))
    copy = pickle.loads(pickle.dumps(occupancy))
    occupancy(piece(4.0, 1.0, windows=5))
    assert (copy.places, copy.pieces, copy.busy_seconds, copy.count("windows")) == (2, 1, 3.0, 2)
    copy(piece(4.0, 2.0, windows=1))
    copy.add(occupancy)
    assert (copy.places, copy.count("windows")) == (4, 10)
    copy(piece(0.0, 1.0, stage="decode"))
    assert copy.pieces == 4


def test_it_travels_while_it_hears() -> None:
    occupancy = Occupancy("detect")
    stop = threading.Event()

    def report() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            fields: dict[str, object] = {f"field {number % 1000}": 1}
            at = float(number)
            occupancy(StageEvent("detect", Phase.COMPLETE, 1.0, fields, at_seconds=at))

    reporter = threading.Thread(target=report)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    reporter.start()
    try:
        copies = [pickle.loads(pickle.dumps(occupancy)) for _ in range(200)]
    finally:
        stop.set()
        reporter.join()
        sys.setswitchinterval(interval)
    for copy in copies:
        assert copy.busy_seconds == copy.pieces
        assert sum(copy.count(f"field {number}") for number in range(1000)) == copy.pieces
