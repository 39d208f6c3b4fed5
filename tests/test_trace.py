"""The hook that every stage reports to."""

from __future__ import annotations

import threading
import time

import pytest

from gpu_service.trace import Phase, StageEvent, Trace, stage_rank


def test_a_span_reports_start_and_end_and_adds_up() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    with trace.span("upload", key="a") as found:
        found["bytes"] = 3
    with trace.span("upload"):
        pass
    assert [event.phase for event in heard] == [Phase.STARTED, Phase.COMPLETE] * 2
    assert heard[1].fields == {"key": "a", "bytes": 3}
    assert trace.totals["upload"]["count"] == 2
    assert trace.totals["upload"]["seconds"] > 0


def test_a_failure_is_reported_and_goes_on() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    with pytest.raises(KeyError), trace.span("rows"):
        raise KeyError
    assert heard[-1].phase is Phase.FAILED
    assert trace.totals["rows"]["count"] == 1


def test_a_span_with_a_wait_in_it_is_told_as_both() -> None:
    heard: list[StageEvent] = []
    with Trace(heard.append).span("detect", lambda: 60.0, windows=1):
        pass
    assert [event.phase for event in heard] == [Phase.STARTED, Phase.STARVED, Phase.COMPLETE]
    assert [event.seconds for event in heard] == [0, 60, 0]
    assert heard[-1].fields == {"windows": 1}


@pytest.mark.parametrize(
    ("cause", "key"),
    [(Phase.STARVED, "starved_seconds"), (Phase.BLOCKED, "blocked_seconds")],
)
def test_a_wait_counts_under_its_cause_alone(cause: Phase, key: str) -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    with trace.waiting("decode", cause):
        time.sleep(0.002)
    total = trace.totals["decode"]
    assert total.pop(key) >= 0.002
    assert set(total.values()) == {0}
    assert [event.phase for event in heard] == [cause]


def test_a_wait_that_ends_in_an_error_counts() -> None:
    trace = Trace()
    with pytest.raises(KeyError), trace.waiting("seek", Phase.STARVED):
        raise KeyError
    assert trace.totals["seek"]["starved_seconds"] > 0


def test_work_with_a_wait_in_it_is_told_as_both() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append, lane="a.mp4")
    trace.worked("decode", seconds=0.5, starved_seconds=0.2, frames=32)
    starved, complete = heard
    assert (starved.phase, starved.seconds) == (Phase.STARVED, 0.2)
    assert complete.phase is Phase.COMPLETE
    assert complete.seconds == pytest.approx(0.3)
    assert complete.fields == {"frames": 32}
    assert {starved.lane, complete.lane} == {"a.mp4"}
    # One after the other: the wait ends where the work begins.
    assert starved.at_seconds == pytest.approx(complete.at_seconds - complete.seconds)
    assert trace.totals["decode"]["count"] == 1


def test_work_without_a_wait_tells_of_none_and_a_longer_wait_leaves_no_negative_work() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    trace.worked("decode", seconds=0.5, starved_seconds=0.0)
    assert [event.phase for event in heard] == [Phase.COMPLETE]
    trace.worked("decode", seconds=0.5, starved_seconds=0.6)
    assert heard[-1].seconds == 0.0


def test_a_child_s_reports_count_in_the_run_and_not_in_its_siblings() -> None:
    of_run: list[StageEvent] = []
    of_a: list[StageEvent] = []
    run = Trace(of_run.append)
    a, b = run.child("a", of_a.append), run.child("b")
    with a.span("decode"), b.span("decode"):
        pass
    with b.waiting("decode", Phase.BLOCKED):
        pass
    a.progress("detect", done=1, total=2)
    assert run.totals["decode"]["count"] == 2
    assert run.totals["decode"]["seconds"] == pytest.approx(
        a.totals["decode"]["seconds"] + b.totals["decode"]["seconds"]
    )
    assert a.totals["decode"]["blocked_seconds"] == 0
    assert {event.lane for event in of_a} == {"a"}
    assert {event.lane for event in of_run} == {"a", "b"}
    assert of_a[-1].phase is Phase.PROGRESS
    assert of_run[-1] is of_a[-1]
    assert "detect" not in run.totals


def test_totals_are_a_copy() -> None:
    trace = Trace()
    with trace.span("rows"):
        pass
    trace.totals["rows"]["count"] = 99
    assert trace.totals["rows"]["count"] == 1


def test_threads_add_up() -> None:
    run = Trace()

    def work(lane: str) -> None:
        child = run.child(lane)
        for _ in range(500):
            child.worked("upload", seconds=1.0, starved_seconds=0.5)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.totals["upload"]["count"] == 2000
    assert run.totals["upload"]["starved_seconds"] == pytest.approx(1000)


def test_stages_have_their_order_and_unknown_ones_come_last() -> None:
    stages = ["rows", "what", "open", "upload", "decode"]
    assert sorted(stages, key=stage_rank) == ["open", "decode", "upload", "rows", "what"]
