"""A process whose GPU keeps failing begins no further video."""

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
from tests.processes.stand_in import BROKEN, HICCUP, backend
from tests.processes.videos import videos

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


async def analyze(place: Place, jobs: list[VideoJob], seen: Seen, *, concurrency: int) -> int:
    with environment(place, GPU_SERVICE_CONCURRENCY=str(concurrency), GPU_SERVICE_DEVICE="cpu"):
        services = open_services(
            load_settings(),
            local=False,
            sources=[job.source for job in jobs],
            trace=Trace(),
            backend=backend(),
        )
        async with services as opened:
            return await analyze_all(opened, Deal(jobs), listen=seen.listen, done=seen.done)


async def test_no_further_video_begins(place: Place, two_shots: Path) -> None:
    jobs = videos(place, two_shots, "1", BROKEN, "3", "4")
    seen = Seen()
    with pytest.raises(InternalError, match="for 2 videos in a row; a process can't") as caught:
        await analyze(place, jobs, seen, concurrency=1)
    assert caught.value.reason == GPU_FAILED
    assert seen.begun == jobs[:3]
    assert seen.ended == [(1, None), (2, GPU_FAILED), (3, GPU_FAILED)]


async def test_nor_one_that_waited_for_its_source(place: Place, two_shots: Path) -> None:
    (first,) = videos(place, two_shots, BROKEN)
    jobs = [VideoJob(first.source, number) for number in (1, 2, 3)]
    seen = Seen()
    with pytest.raises(InternalError, match="the GPU failed"):
        await analyze(place, jobs, seen, concurrency=2)
    assert seen.begun == jobs[:2]
    assert seen.ended == [(1, GPU_FAILED), (2, GPU_FAILED)]


async def test_what_fails_for_one_video_alone_is_that_video_s(
    place: Place, two_shots: Path
) -> None:
    jobs = videos(place, two_shots, HICCUP, "2", f"{HICCUP} too", "4")
    seen = Seen()
    assert await analyze(place, jobs, seen, concurrency=1) == 70
    assert seen.ended == [(1, GPU_FAILED), (2, None), (3, GPU_FAILED), (4, None)]


async def test_a_video_that_is_not_there_says_nothing_of_the_gpu(
    place: Place, two_shots: Path
) -> None:
    broken, *rest = videos(place, two_shots, BROKEN, "3", "4")
    missing = VideoJob(SourceRef(place.raw, "nowhere.mp4"), 9)
    seen = Seen()
    with pytest.raises(InternalError, match="the GPU failed"):
        await analyze(place, [broken, missing, *rest], seen, concurrency=1)
    assert [reason for _, reason in seen.ended] == [GPU_FAILED, "object_missing", GPU_FAILED]


async def test_with_nothing_left_undone_the_results_say_it_all(
    place: Place, two_shots: Path
) -> None:
    jobs = videos(place, two_shots, "1", BROKEN, "3")
    assert await analyze(place, jobs, Seen(), concurrency=1) == 70
