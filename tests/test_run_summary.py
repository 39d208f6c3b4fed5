"""The run object."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from gpu_service.budget import ByteBudget
from gpu_service.errors import InputError, TransientError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult, VideoStatus
from gpu_service.run_summary import RunRecord


def result(key: str, **fields: object) -> VideoResult:
    made = VideoResult(VideoJob(SourceRef("b", key)).video, "cpu", "pyav/h264")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_a_run_adds_up() -> None:
    record = RunRecord("detect")
    record.asked = 4
    budget = ByteBudget("frames", 100)
    budget.charge(70)
    budget.release(70)
    record.watch(budget, workers=1)
    record.begin()
    with record.trace.span("detect", windows=3, frames=90):
        pass
    with record.trace.child("a").span("decode"):
        pass
    record.done(result("a", status=VideoStatus.COMPLETE, frames=90, bytes_read=10, object_size=11))
    failed = result("b", object_size=5)
    failed.fail(InputError("b is no video"))
    record.done(failed)
    run = json.loads(json.dumps(record.summary().as_json()))["run"]
    assert run["videos"] == {"asked": 4, "complete": 1, "partial": 0, "failed": 1, "undone": 2}
    assert (run["frames"], run["bytes_read"], run["object_size"]) == (90, 10, 16)
    assert set(run["stages"]) == {"detect", "decode"}
    assert run["budgets"] == {"frames": {"limit_bytes": 100, "peak_bytes": 70}}
    assert run["model"]["occupancy"] == pytest.approx(1.0)
    assert (run["model"]["batches"], run["model"]["windows"], run["model"]["frames"]) == (1, 3, 90)
    assert 0 < run["seconds"] <= run["wall_seconds"]
    assert run["error"] is None


def test_a_run_that_never_began() -> None:
    record = RunRecord("detect")
    record.asked = 2
    error = TransientError("the database does not answer", reason="database_down")
    run = record.summary(error).as_json()["run"]
    assert isinstance(run, dict)
    assert run["seconds"] is None
    assert run["model"]["occupancy"] is None
    assert run["videos"]["undone"] == 2
    assert run["error"] == {
        "reason": "database_down",
        "message": "the database does not answer",
        "retryable": True,
    }


def test_further_listeners_hear_every_video() -> None:
    heard: list[str] = []
    record = RunRecord("detect", lambda event: heard.append(event.lane))
    with record.trace.child("a").span("open"):
        pass
    assert heard == ["a", "a"]


def part_of_a_process(*, peak: int, windows: int) -> RunRecord:
    record = RunRecord("detect")
    budget = ByteBudget("frames", 100)
    budget.charge(peak)
    budget.release(peak)
    record.watch(budget, workers=1)
    with record.trace.span("detect", windows=windows, frames=windows * 50):
        pass
    with record.trace.child("a").span("decode"):
        pass
    return record


def run_of(record: RunRecord) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(json.dumps(record.summary().as_json()))["run"]
    return run


def test_what_processes_did_adds_up() -> None:
    record = RunRecord("detect")
    record.watch(workers=0)
    record.asked = 2
    record.begin()
    for number, other in enumerate(
        (part_of_a_process(peak=70, windows=3), part_of_a_process(peak=10, windows=4)), 1
    ):
        record.add(pickle.loads(pickle.dumps(other.part)))
        record.done(result(str(number), status=VideoStatus.COMPLETE, frames=50))
    run = run_of(record)
    assert run["videos"] == {"asked": 2, "complete": 2, "partial": 0, "failed": 0, "undone": 0}
    assert {stage: total["count"] for stage, total in run["stages"].items()} == {
        "detect": 2,
        "decode": 2,
    }
    assert run["stages"]["decode"].keys() == {
        "seconds",
        "starved_seconds",
        "blocked_seconds",
        "count",
    }
    assert run["budgets"] == {"frames": {"limit_bytes": 200, "peak_bytes": 80}}
    model = run["model"]
    assert (model["workers"], model["batches"], model["windows"], model["frames"]) == (2, 2, 7, 350)
    assert 0 < model["occupancy"] < 1


def test_a_part_is_what_its_process_did_until_then() -> None:
    record = part_of_a_process(peak=70, windows=3)
    part = record.part
    with record.trace.child("a").span("decode"):
        pass
    assert part.stages["decode"]["count"] == 1
    assert part.budgets == {"frames": {"limit_bytes": 100, "peak_bytes": 70}}
    whole = RunRecord("detect")
    whole.watch(workers=0)
    whole.add(part)
    assert run_of(whole)["stages"] == json.loads(json.dumps(part.stages))


def test_a_process_that_has_not_begun_has_no_workers() -> None:
    record = RunRecord("detect")
    record.watch(workers=0)
    record.add(RunRecord("detect").part)
    record.add(part_of_a_process(peak=1, windows=1).part)
    assert run_of(record)["model"]["workers"] == 1
    assert run_of(record)["model"]["occupancy"] == pytest.approx(1.0)
