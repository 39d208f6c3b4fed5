"""Many videos, several at once; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import anyio

from gpu_service.errors import GpuServiceError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Services
from gpu_service.trace import Listener

_SEVERITY = (75, 70, 2, 65, 0)
"""The exit code of several videos: what running again can mend comes first."""


def overall_exit_code(results: Iterable[VideoResult]) -> int:
    """One exit code for all videos; 0 only when every one is complete."""
    codes = {result.exit_code for result in results}
    return next((code for code in _SEVERITY if code in codes), 0)


async def analyze_all(
    services: Services,
    jobs: Sequence[VideoJob],
    *,
    listen: Callable[[VideoJob], AbstractContextManager[Listener]],
    done: Callable[[VideoJob, VideoResult], None],
) -> list[VideoResult]:
    """Analyse every video, ``concurrency`` at once; ``done`` hears of each result as it comes.

    Jobs begin in their order. Those of one and the same source run one after another.

    :returns: the results in the order of the jobs.
    :raises GpuServiceError: what is wrong with the service's set-up rather than with one video.
    """
    results: dict[int, VideoResult] = {}
    slots = anyio.Semaphore(services.settings.pipeline.concurrency)
    turns: dict[SourceRef, anyio.Lock] = {}

    async def run(number: int, job: VideoJob) -> None:
        try:
            async with turns.setdefault(job.source, anyio.Lock()):
                with listen(job) as listener:
                    results[number] = await _analyze(services, job, listener, alone=len(jobs) == 1)
            done(job, results[number])
        finally:
            slots.release()

    async with task_group() as group:
        for number, job in enumerate(jobs):
            await slots.acquire()
            group.start_soon(run, number, job)
    return [results[number] for number in range(len(jobs))]


async def _analyze(
    services: Services, job: VideoJob, listener: Listener, *, alone: bool
) -> VideoResult:
    trace = services.trace.child(str(job.source), listener)
    try:
        return await analyze(
            services, job.source, video_id=job.video_id, session=job.session, trace=trace
        )
    except GpuServiceError as error:
        if alone:
            raise
        raise type(error)(f"{job.source}: {error.message}", reason=error.reason) from error
