"""Once a process's GPU has failed it begins no further video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpu_service.errors import GPU_FAILED, InternalError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.pipeline.batch import analyze_all
from gpu_service.pipeline.deal import Deal
from gpu_service.pipeline.services import open_services
from gpu_service.settings import load_settings
from gpu_service.trace import Listener, Trace
from tests.pipeline.bench import environment
from tests.pipeline.conftest import Place
from tests.processes.stand_in import BROKEN, backend

pytestmark = pytest.mark.anyio


class Seen:
    """Which videos have begun, and which have ended how."""

    def __init__(self) -> None:
        self.begun: list[VideoJob] = []
        self.ended: list[tuple[int, str | None]] = []

    @contextmanager
    def listen(self, job: VideoJob) -> Iterator[Listener]:
        self.begun.append(job)
        yield lambda event: None

    def done(self, job: VideoJob, result: VideoResult) -> None:
        self.ended.append((result.video.id, result.reason))


async def analyze(place: Place, jobs: list[VideoJob], *, concurrency: int) -> Seen:
    """Until the GPU has failed."""
    seen = Seen()
    with environment(place, GPU_SERVICE_CONCURRENCY=str(concurrency), GPU_SERVICE_DEVICE="cpu"):
        services = open_services(
            load_settings(),
            local=False,
            sources=[job.source for job in jobs],
            trace=Trace(),
            backend=backend(),
        )
        async with services as opened:
            with pytest.raises(InternalError, match="the GPU failed; a process can't") as caught:
                await analyze_all(opened, Deal(jobs), listen=seen.listen, done=seen.done)
    assert caught.value.reason == GPU_FAILED
    return seen


async def test_no_further_video_begins(place: Place, two_shots: Path) -> None:
    for key in ("1.mp4", f"{BROKEN}.mp4", "3.mp4", "4.mp4"):
        place.upload(key, two_shots)
    sources = [SourceRef(place.raw, key) for key in ("1.mp4", f"{BROKEN}.mp4", "3.mp4", "4.mp4")]
    jobs = [VideoJob(source, number) for number, source in enumerate(sources, 1)]
    seen = await analyze(place, jobs, concurrency=1)
    assert seen.begun == jobs[:2]
    assert seen.ended == [(1, None), (2, GPU_FAILED)]


async def test_nor_one_that_waited_for_its_source(place: Place, two_shots: Path) -> None:
    place.upload(f"{BROKEN}.mp4", two_shots)
    source = SourceRef(place.raw, f"{BROKEN}.mp4")
    jobs = [VideoJob(source, number) for number in (1, 2)]
    seen = await analyze(place, jobs, concurrency=2)
    assert seen.begun == jobs[:1]
    assert seen.ended == [(1, GPU_FAILED)]


async def test_what_has_begun_is_ended(place: Place, two_shots: Path) -> None:
    place.upload(f"{BROKEN}.mp4", two_shots)
    place.upload("2.mp4", two_shots)
    sources = [SourceRef(place.raw, key) for key in (f"{BROKEN}.mp4", "2.mp4", "3.mp4")]
    jobs = [VideoJob(source, number) for number, source in enumerate(sources, 1)]
    seen = await analyze(place, jobs, concurrency=2)
    assert seen.begun == jobs[:2]
    assert {number for number, _ in seen.ended} == {1, 2}
