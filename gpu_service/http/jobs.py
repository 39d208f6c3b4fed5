"""Jobs: what was asked for over HTTP, and how far it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from gpu_service.jobs import VideoJob, VideoResult, VideoStatus


class JobState(StrEnum):
    """The life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    """Its events are published, be it of a part of the video alone."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobResult:
    """What an analysis did, in numbers: its events are rows.

    :param status: ``complete`` or ``partial``.
    :param events: how many.
    """

    status: VideoStatus
    events: int
    frames: int
    device: str
    backend: str


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, or what its result lacks.

    :param retryable: whether the same request may succeed later.
    """

    reason: str
    message: str
    retryable: bool


@dataclass(slots=True)
class Job:
    """One analysis that was asked for; times are in UTC.

    :param asked: with a video id, and in S3.
    """

    asked: VideoJob
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: JobState = JobState.QUEUED
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: JobResult | None = None
    error: JobError | None = None

    @property
    def video_id(self) -> int:
        """The video it is about."""
        return self.asked.video.id

    def answers(self, asked: VideoJob) -> bool:
        """Whether this job does what is asked for; who names no session takes this one's."""
        mine, other = self.asked.video, asked.video
        same_session = asked.session is None or mine.session_id == other.session_id
        return (mine.id, mine.source) == (other.id, other.source) and same_session

    def start(self) -> None:
        """Its turn has come."""
        self.state = JobState.RUNNING
        self.started_at = datetime.now(UTC)

    def finish(self, result: VideoResult) -> None:
        """It is over."""
        self.finished_at = datetime.now(UTC)
        if result.reason is not None:
            self.error = JobError(result.reason, result.message or "", result.retryable)
        if result.status is VideoStatus.FAILED:
            self.state = JobState.FAILED
            return
        self.state = JobState.COMPLETE
        self.result = JobResult(
            result.status, len(result.events), result.frames, result.device, result.backend
        )
