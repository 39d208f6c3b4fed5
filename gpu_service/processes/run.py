"""A run in several processes."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from gpu_service.errors import GpuServiceError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.batch import overall_exit_code
from gpu_service.pipeline.deal import Deal
from gpu_service.pipeline.groups import task_group
from gpu_service.processes.member import Hearing, Member
from gpu_service.processes.messages import SetUp
from gpu_service.processes.share import shares
from gpu_service.settings import Settings

logger = logging.getLogger(__name__)

# -P: a video's folder may hold what has the name of a module.
CHILD = ("-P", "-m", "gpu_service.processes.child")


async def analyze_in_processes(
    settings: Settings,
    jobs: Sequence[VideoJob],
    *,
    processes: int,
    local: bool,
    hearing: Hearing,
    program: tuple[str, ...] = CHILD,
) -> int:
    """Analyse every video in so many processes, each with its share of ``settings``.

    Each gets a video when it has room for one. Where one dies, what it was at has failed, and the
    others do the rest.

    :param processes: see :func:`~gpu_service.processes.share.process_count`.
    :param program: what Python is given to start one.
    :returns: one exit code for all videos, as of :func:`~gpu_service.pipeline.batch.analyze_all`.
    :raises GpuServiceError: what is wrong with the set-up, or ended the last process.
    """
    codes: set[int] = set()
    lost: list[GpuServiceError] = []
    deal = Deal(jobs)

    def done(job: VideoJob, result: VideoResult) -> None:
        codes.add(result.exit_code)
        hearing.done(job, result)

    async def work(set_up: SetUp) -> None:
        heard = dataclasses.replace(hearing, done=done)
        error = await Member(set_up, deal, heard, program).work()
        if error is not None:
            logger.warning("one process less: %s", error.message)
            lost.append(error)

    hearing.record.watch(workers=0)
    in_s3 = tuple(job.source for job in jobs if job.source.bucket is not None)[:1]
    zero = None if hearing.timeline is None else hearing.timeline.zero_seconds
    async with task_group() as group:
        for number, share in enumerate(shares(settings, processes), 1):
            group.start_soon(work, SetUp(share, local, in_s3, zero, number))
    if lost and deal.left:
        raise lost[-1]
    return overall_exit_code(codes)
