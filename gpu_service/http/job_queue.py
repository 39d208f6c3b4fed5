"""The queue: a bounded number of jobs waits, and so many run at once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio

from gpu_service.errors import GPU_FAILED, BusyError, InternalError, TransientError
from gpu_service.http.job_table import JobTable
from gpu_service.http.jobs import Job, JobState
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.groups import task_group

logger = logging.getLogger("gpu_service.http")


class JobQueue:
    """Takes jobs and does them in their order, ``concurrency`` at once.

    :param work: does one; what goes wrong with the video is in its result.
    :param queued_jobs: how many may wait.
    :param finished_jobs: how many are remembered once they are over.
    """

    def __init__(
        self,
        work: Callable[[VideoJob], Awaitable[VideoResult]],
        *,
        concurrency: int,
        queued_jobs: int,
        finished_jobs: int,
    ) -> None:
        self.jobs = JobTable(finished_jobs)
        self._work = work
        self._concurrency = concurrency
        self._send, self._receive = anyio.create_memory_object_stream[Job](queued_jobs)
        self._ended = 0

    @property
    def is_whole(self) -> bool:
        """Whether no worker has ended."""
        return self._ended == 0

    def submit(self, asked: VideoJob) -> Job:
        """Queue a job, or find the one that is queued or running for the same.

        :raises BusyError: another object or session of this video is queued or running.
        :raises TransientError: ``queue_full``, or ``not_ready`` where a worker has ended.
        """
        if not self.is_whole:
            raise TransientError("the server is stopping; ask again later", reason="not_ready")
        known = self.jobs.undone_of(asked.video.id)
        if known is not None:
            if known.answers(asked):
                return known
            raise BusyError(
                f"video {known.video_id}: job {known.id} is {known.state} with "
                f"{known.asked.source}, session {known.asked.video.session_id}; wait for its end"
            )
        job = Job(asked)
        try:
            self._send.send_nowait(job)
        except anyio.WouldBlock as error:
            raise TransientError(
                f"video {job.video_id}: as many jobs wait as may; ask again later",
                reason="queue_full",
            ) from error
        self.jobs.add(job)
        return job

    async def run(self) -> None:
        """Do jobs until cancelled; those that are undone then stay so.

        :raises InternalError: ``gpu``: the GPU has failed, which another process may use again.
        """
        with self._send, self._receive:
            async with task_group() as group:
                for _ in range(self._concurrency):
                    group.start_soon(self._serve)

    async def _serve(self) -> None:
        try:
            while True:
                await self._do(await self._receive.receive())
        finally:
            self._ended += 1

    async def _do(self, job: Job) -> None:
        job.start()
        result = await self._work(job.asked)
        job.finish(result)
        self.jobs.close(job)
        if job.state is JobState.FAILED:
            logger.warning("job %s: video %d: %s", job.id, job.video_id, result.message)
            if result.reason == GPU_FAILED:
                raise InternalError(
                    f"{result.message}; a process can't use a GPU after that, start it again",
                    reason=GPU_FAILED,
                )
        else:
            events = len(result.events)
            logger.info(
                "job %s: video %d: %s, %d events", job.id, job.video_id, result.status, events
            )
