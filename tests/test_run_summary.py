"""The run object."""

from __future__ import annotations

import json

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
