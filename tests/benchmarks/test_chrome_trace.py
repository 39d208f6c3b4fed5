"""What the service writes, as the harness reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.chrome_trace import Slice, any_busy_share, busy_share, read_trace
from gpu_service.trace import Phase, StageEvent
from gpu_service.trace_chrome import ChromeTrace
from tests.benchmarks.slices import model, video


def test_busy_share_counts_from_first_work_to_last() -> None:
    slices = [
        model(0, 2, "starved"),
        model(2, 3),
        model(3, 4, "starved"),
        model(4, 6),
        model(6, 99, "starved"),
        video("decode", 0, 100),
    ]
    assert busy_share(slices) == pytest.approx(3 / 4)


def test_each_worker_counts() -> None:
    slices = [model(0, 2), model(1, 3), model(0, 1, "starved"), model(3, 4), model(2, 4, "starved")]
    assert busy_share(slices) == pytest.approx(5 / 8)


def test_any_worker_is_enough_where_one_is_asked_for() -> None:
    slices = [model(0, 2), model(1, 3), model(3, 4, "starved"), model(4, 5), model(5, 9, "starved")]
    assert any_busy_share(slices) == pytest.approx(4 / 5)


@pytest.mark.parametrize("share", [busy_share, any_busy_share])
def test_a_stage_that_never_works_has_no_share(share: Callable[[list[Slice]], float]) -> None:
    with pytest.raises(ValueError, match="never works"):
        share([model(0, 1, "starved")])


def test_reads_what_the_service_writes(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    with path.open("w") as file:
        timeline = ChromeTrace(file)
        start = timeline.zero_seconds
        for stage, phase, seconds, at, lane in (
            ("decode", Phase.COMPLETE, 1.0, 3.0, "video"),
            ("decode", Phase.STARTED, 0.0, 3.0, "video"),
            ("detect", Phase.STARVED, 0.5, 3.5, ""),
            ("detect", Phase.COMPLETE, 1.0, 4.5, ""),
            ("encode", Phase.BLOCKED, 0.25, 5.0, "video"),
        ):
            timeline(StageEvent(stage, phase, seconds, {}, start + at, lane))
        timeline.finish()
    found = [
        Slice(
            one.stage, one.lane, one.cause, round(one.start_seconds, 3), round(one.end_seconds, 3)
        )
        for one in read_trace(path)
    ]
    # Times begin with the first slice.
    assert found == [
        Slice("decode", "video", "busy", 0.0, 1.0),
        Slice("detect", "accelerator", "starved", 1.0, 1.5),
        Slice("detect", "accelerator", "busy", 1.5, 2.5),
        Slice("encode", "video", "blocked", 2.75, 3.0),
    ]
