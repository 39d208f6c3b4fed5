"""All jobs that can be asked for: those that are not over, and the last of those that are."""

from __future__ import annotations

from collections import deque

from gpu_service.errors import InputError
from gpu_service.http.jobs import Job


class JobTable:
    """Jobs by id, and by video while they are queued or running: one a video at a time.

    :param finished_jobs: how many that are over are kept; the oldest go first.
    """

    def __init__(self, finished_jobs: int) -> None:
        self._finished_jobs = finished_jobs
        self._jobs: dict[str, Job] = {}
        self._undone: dict[int, Job] = {}
        self._finished: deque[Job] = deque()

    def get(self, job_id: str) -> Job:
        """One job.

        :raises InputError: ``job_missing``.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise InputError(
                f"there is no job {job_id!r}; jobs are kept until {self._finished_jobs} later ones "
                "are over, or the server ends",
                reason="job_missing",
            )
        return job

    def undone_of(self, video_id: int) -> Job | None:
        """The job of this video that is queued or running."""
        return self._undone.get(video_id)

    @property
    def undone(self) -> list[Job]:
        """Every job that is queued or running, the oldest first."""
        return list(self._undone.values())

    def add(self, job: Job) -> None:
        """Take in a job whose video has no other one that is undone."""
        self._jobs[job.id] = job
        self._undone[job.video_id] = job

    def close(self, job: Job) -> None:
        """A job is over."""
        del self._undone[job.video_id]
        self._finished.append(job)
        while len(self._finished) > self._finished_jobs:
            del self._jobs[self._finished.popleft().id]
