"""Many videos, several at once; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager

import anyio

from gpu_service.errors import GpuServiceError, TransientError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Services
from gpu_service.trace import Listener

_SEVERITY = (75, 70, 2, 65, 0)
"""The exit code of several videos: what running again can mend comes first."""


def overall_exit_code(codes: Collection[int]) -> int:
    """One exit code for all videos, of those of each; 0 only when every one is complete."""
    return next((code for code in _SEVERITY if code in codes), 0)


async def analyze_all(
    services: Services,
    jobs: Sequence[VideoJob],
    *,
    listen: Callable[[VideoJob], AbstractContextManager[Listener]],
    done: Callable[[VideoJob, VideoResult], None],
) -> int:
    """Analyse every video, ``concurrency`` at once; ``done`` hears of each result as it comes.

    Jobs begin in their order. Those of one and the same source run one after another. Results are
    not kept: there may be very many.

    :returns: one exit code for all, see :func:`overall_exit_code`.
    :raises GpuServiceError: what is wrong with the service's set-up rather than with one video.
    """
    codes: set[int] = set()
    slots = anyio.Semaphore(services.settings.pipeline.concurrency)
    turns: dict[SourceRef, anyio.Lock] = {}

    async def run(job: VideoJob) -> None:
        try:
            async with turns.setdefault(job.source, anyio.Lock()):
                with listen(job) as listener:
                    result = await _analyze(services, job, listener, alone=len(jobs) == 1)
            codes.add(result.exit_code)
            done(job, result)
        finally:
            slots.release()

    async with task_group() as group:
        for job in jobs:
            await slots.acquire()
            group.start_soon(run, job)
    return overall_exit_code(codes)


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
        if isinstance(error, TransientError):
            # The others are at work, and may well get their answers.
            result = VideoResult(job.source.video(job.video_id, job.session), services.device, "")
            result.fail(error)
            return result
        raise type(error)(f"{job.source}: {error.message}", reason=error.reason) from error
