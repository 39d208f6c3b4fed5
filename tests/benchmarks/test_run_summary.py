from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.run_summary import read_printed
from gpu_service.budget import ByteBudget
from gpu_service.jobs import SourceRef, VideoResult, VideoStatus
from gpu_service.run_summary import RunRecord

_MODEL = "detect"


def _printed(record: RunRecord) -> str:
    result = VideoResult(SourceRef("b", "videos/a.mp4").video(1, None), "cpu", "pyav/h264")
    record.begin()
    result.status = VideoStatus.COMPLETE
    record.done(result)
    lines: list[dict[str, Any]] = [result.as_json(), record.summary().as_json()]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_reads_what_the_service_prints() -> None:
    record = RunRecord(_MODEL)
    budget = ByteBudget("frames", 100)
    record.watch(budget, workers=1)
    for windows in (1, 4):
        with record.trace.span(_MODEL, windows=windows, frames=50):
            pass
    videos, summary = read_printed(_printed(record))
    assert [video["status"] for video in videos] == ["complete"]
    assert summary.seconds > 0
    assert summary.occupancy is not None
    assert 0 < summary.occupancy <= 1
    assert summary.windows_a_batch == 2.5
    assert summary.stages[_MODEL]["count"] == 2
    assert summary.peak_bytes == {"frames": 0}


def test_a_model_that_never_worked_has_no_occupancy() -> None:
    _, summary = read_printed(_printed(RunRecord(_MODEL)))
    assert summary.occupancy is None
    assert summary.windows_a_batch is None


def test_a_run_that_says_nothing_of_itself_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing of its run"):
        read_printed('{"video_id": 1}\n')
