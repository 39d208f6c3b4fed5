"""The queue's bounds and turns, with work that waits until it is told to end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from gpu_service.errors import GPU_FAILED, BusyError, InternalError, TransientError
from gpu_service.http.job_queue import JobQueue
from gpu_service.http.jobs import JobState
from gpu_service.jobs import SourceRef, VideoJob, VideoResult, VideoStatus

pytestmark = pytest.mark.anyio


def asked(video_id: int, key: str | None = None) -> VideoJob:
    return VideoJob(SourceRef("raw", key or f"videos/{video_id}.mp4"), video_id)


class Work:
    """Videos at work, each until it is told to end."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ends: dict[int, anyio.Event] = {}

    async def __call__(self, job: VideoJob) -> VideoResult:
        self.begun.append(job.video.id)
        await self.ends.setdefault(job.video.id, anyio.Event()).wait()
        return VideoResult(job.video, "cpu", "", status=VideoStatus.COMPLETE)

    async def end(self, video_id: int) -> None:
        self.ends[video_id].set()
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def running(
    work: Work, *, concurrency: int = 1, queued_jobs: int = 1
) -> AsyncIterator[JobQueue]:
    queue = JobQueue(work, concurrency=concurrency, queued_jobs=queued_jobs, finished_jobs=5)
    async with anyio.create_task_group() as group:
        group.start_soon(queue.run)
        await anyio.wait_all_tasks_blocked()
        yield queue
        group.cancel_scope.cancel()


async def test_so_many_run_so_many_wait_and_more_are_refused() -> None:
    work = Work()
    async with running(work, concurrency=2, queued_jobs=3) as queue:
        jobs = []
        for video_id in range(1, 6):
            jobs.append(queue.submit(asked(video_id)))
            await anyio.wait_all_tasks_blocked()
        with pytest.raises(TransientError, match="video 6") as caught:
            queue.submit(asked(6))
        assert caught.value.reason == "queue_full"
        assert queue.jobs.undone_of(6) is None, "refused is not remembered"
        assert work.begun == [1, 2]
        assert [job.state for job in jobs] == ["running"] * 2 + ["queued"] * 3
        await work.end(2)
        assert work.begun == [1, 2, 3]
        assert jobs[1].state is JobState.COMPLETE
        assert queue.submit(asked(6)).state is JobState.QUEUED


async def test_one_job_a_video_while_it_is_queued_or_running() -> None:
    work = Work()
    async with running(work) as queue:
        first = queue.submit(asked(1))
        await anyio.wait_all_tasks_blocked()
        waiting = queue.submit(asked(2))
        assert queue.submit(asked(1)) is first
        assert queue.submit(asked(2)) is waiting
        for video_id, job in ((1, first), (2, waiting)):
            with pytest.raises(BusyError, match=f"{job.id} is {job.state}"):
                queue.submit(asked(video_id, "videos/other.mp4"))
        await work.end(1)
        assert queue.submit(asked(1)) is not first


async def test_what_is_stopped_stays_undone() -> None:
    work = Work()
    async with running(work) as queue:
        jobs = [queue.submit(asked(1))]
        await anyio.wait_all_tasks_blocked()
        jobs.append(queue.submit(asked(2)))
        assert queue.is_whole
    assert queue.jobs.undone == jobs
    assert [job.state for job in jobs] == ["running", "queued"]
    assert not queue.is_whole


async def test_a_fault_of_the_work_itself_ends_the_queue() -> None:
    async def broken(job: VideoJob) -> VideoResult:
        raise LookupError("nobody expected this")

    queue = JobQueue(broken, concurrency=2, queued_jobs=1, finished_jobs=1)
    queue.submit(asked(1))
    with pytest.raises(LookupError):
        await queue.run()
    assert not queue.is_whole


async def test_a_gpu_that_has_failed_ends_the_queue() -> None:
    """Another process may use it again; this one would fail every job that comes."""

    async def work(job: VideoJob) -> VideoResult:
        result = VideoResult(job.video, "cuda:0", "nvdec/h264")
        result.fail(InternalError("a.mp4: the GPU failed: illegal", reason=GPU_FAILED))
        return result

    queue = JobQueue(work, concurrency=1, queued_jobs=2, finished_jobs=5)
    first, second = (queue.submit(asked(video_id)) for video_id in (1, 2))
    with pytest.raises(InternalError, match="start it again") as caught:
        await queue.run()
    assert caught.value.reason == GPU_FAILED
    assert (first.state, second.state) == (JobState.FAILED, JobState.QUEUED)
    assert first.error is not None
    assert first.error.reason == GPU_FAILED
    with pytest.raises(TransientError, match="stopping") as refused:
        queue.submit(asked(3))
    assert refused.value.reason == "not_ready"
