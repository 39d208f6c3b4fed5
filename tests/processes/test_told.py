"""What processes tell of their work: progress, what they did in all, and their parts of the timeline."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from gpu_service.trace_chrome import ChromeTrace
from tests.pipeline.conftest import Place
from tests.processes.heard import Heard
from tests.processes.videos import analyze, videos
from tests.test_trace_chrome import Timeline

pytestmark = pytest.mark.anyio

EARLIER_SECONDS = 1000.0


async def test_what_each_process_did_is_told(place: Place, two_shots: Path) -> None:
    file = io.StringIO()
    began = time.perf_counter()
    timeline = ChromeTrace(file, zero_seconds=began - EARLIER_SECONDS)
    heard = Heard(timeline=timeline)
    assert await analyze(place, videos(place, two_shots, "a", "b"), heard) == 0

    for number in (1, 2):
        told = [event for job, event in heard.progress if job.video_id == number]
        assert {event.stage for event in told} == {"detect", "upload"}
        assert all(event.fields["done"] for event in told)

    summary = heard.record.summary()
    counts = {stage: total["count"] for stage, total in summary.stages.items()}
    assert (counts["open"], counts["upload"], counts["sheet"]) == (2, 4, 2)
    assert summary.occupancy.places == 2
    assert summary.budgets["frames"]["peak_bytes"] > 0

    timeline.finish()
    found = Timeline(file.getvalue())
    stages = {stage for process, stage in found.rows() if process == f"s3://{place.raw}/b.mp4"}
    assert {"open", "decode", "upload", "rows"} <= stages
    since_seconds = [one["ts"] / 1e6 - EARLIER_SECONDS for one in found.slices]
    assert 0 < min(since_seconds) < max(since_seconds) < time.perf_counter() - began
