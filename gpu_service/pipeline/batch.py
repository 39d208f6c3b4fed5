"""Many videos, several at once; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager

import anyio

from gpu_service.errors import GPU_FAILED, GpuServiceError, InternalError, TransientError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult, VideoStatus
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.backend import Backend
from gpu_service.pipeline.deal import Jobs
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Services, open_services
from gpu_service.run_summary import RunRecord
from gpu_service.settings import Settings
from gpu_service.trace import Listener

_MOST_GPU_FAILURES = 2
"""One after another, before no further video begins: a single one may be the video's own."""

_SEVERITY = (75, 70, 2, 65, 0)
"""The exit code of several videos: what running again can mend comes first."""


def overall_exit_code(codes: Collection[int]) -> int:
    """One exit code for all videos, of those of each; 0 only when every one is complete."""
    return next((code for code in _SEVERITY if code in codes), 0)


async def analyze_recorded(
    settings: Settings,
    jobs: Jobs,
    *,
    record: RunRecord,
    local: bool,
    sources: Sequence[SourceRef],
    listen: Callable[[VideoJob], AbstractContextManager[Listener]],
    done: Callable[[VideoJob, VideoResult], None],
    alone: bool = False,
    backend: Backend | None = None,
) -> int:
    """Open what analyses need and :func:`analyze_all`; ``record`` hears of all of it.

    :param local: see :func:`~gpu_service.pipeline.services.open_services`; so for ``sources`` and
        ``backend``.
    :raises GpuServiceError: as both.
    """
    async with open_services(
        settings, local=local, sources=sources, trace=record.trace, backend=backend
    ) as services:
        record.watch(services.frames.budget, services.packets, workers=services.accelerator.workers)
        return await analyze_all(services, jobs, listen=listen, done=done, alone=alone)


async def analyze_all(
    services: Services,
    jobs: Jobs,
    *,
    listen: Callable[[VideoJob], AbstractContextManager[Listener]],
    done: Callable[[VideoJob, VideoResult], None],
    alone: bool = False,
) -> int:
    """Analyse every video, ``concurrency`` at once; ``done`` hears of each result as it comes.

    Results are not kept: there may be very many.

    :param alone: there is but one video, whose failure is that of the run.
    :returns: one exit code for all, see :func:`overall_exit_code`.
    :raises GpuServiceError: what is wrong with the service's set-up rather than with one video.
    :raises InternalError: the GPU keeps failing, and there are videos that did not begin.
    """
    codes: set[int] = set()
    slots = anyio.Semaphore(services.settings.pipeline.concurrency)
    gpu_failures = 0
    """Since the last video for which it did not fail."""
    undone = False

    async def run(job: VideoJob) -> None:
        nonlocal gpu_failures, undone
        try:
            with listen(job) as listener:
                result = await _analyze(services, job, listener, alone=alone)
            codes.add(result.exit_code)
            if result.reason == GPU_FAILED:
                gpu_failures += 1
                if gpu_failures == _MOST_GPU_FAILURES:
                    undone = jobs.stop()
            elif result.status is not VideoStatus.FAILED:
                gpu_failures = 0
            done(job, result)
        finally:
            jobs.finished(job)
            slots.release()

    async with task_group() as group:
        while True:
            await slots.acquire()
            job = await jobs.take()
            if job is None:
                break
            group.start_soon(run, job)
    if undone:
        raise InternalError(
            f"the GPU failed for {_MOST_GPU_FAILURES} videos in a row; a process can't use it after "
            "that, run it again",
            reason=GPU_FAILED,
        )
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
