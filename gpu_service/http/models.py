"""The JSON of requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from gpu_service.errors import SettingsError
from gpu_service.events import timeline_key
from gpu_service.http.jobs import Job, JobError, JobResult, JobState
from gpu_service.jobs import SourceRef, VideoJob
from gpu_service.sink.object_rules import KEY_BYTES_MAX, check_key
from gpu_service.sink.records import EventRow


def _key(key: str) -> str:
    try:
        check_key(key)
    except SettingsError as error:
        raise ValueError(error.message) from error
    return key


def _source_key(key: str) -> str:
    """A key of the caller's; unlike ours it may have empty segments, which S3 tells apart."""
    _key("/".join(filter(None, key.split("/"))))
    if len(key.encode()) > KEY_BYTES_MAX:
        raise ValueError(f"it is longer than {KEY_BYTES_MAX} bytes")
    return key


def _session(session: object) -> str | None:
    """It becomes a part of a key."""
    if session is None:
        return None
    # JSON's true is one of Python's integers.
    is_number = isinstance(session, int) and not isinstance(session, bool)
    if not (is_number or isinstance(session, str)):
        raise ValueError("a session is a string or a whole number")
    _key(timeline_key(str(session)))
    return str(session)


class AnalysisRequest(BaseModel):
    """What is to be analysed; a name that is not one of these is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: Annotated[StrictStr, Field(min_length=1, max_length=255)]
    key: Annotated[StrictStr, AfterValidator(_source_key)]
    session_id: Annotated[str | None, BeforeValidator(_session)] = None

    def job(self, video_id: int) -> VideoJob:
        """The job of the pipeline."""
        return VideoJob(SourceRef(self.bucket, self.key), video_id, self.session_id)


class JobView(BaseModel):
    """A job as it is now; times are ISO 8601 in UTC."""

    id: str
    video_id: int
    bucket: str | None
    key: str
    session_id: str | None
    state: JobState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: JobResult | None
    error: JobError | None

    @classmethod
    def of(cls, job: Job) -> JobView:
        """Show a job."""
        video = job.asked.video
        return cls(
            id=job.id,
            video_id=video.id,
            bucket=video.source.bucket,
            key=video.source.key,
            session_id=video.session_id,
            state=job.state,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            result=job.result,
            error=job.error,
        )


class EventView(BaseModel):
    """An event; times are seconds from the video's first frame, ``end_time`` exclusive."""

    id: int
    start_time: float
    end_time: float
    event_type: str | None
    description: str | None
    thumbnail_url: str | None
    has_thumbnail: bool

    @classmethod
    def of(cls, row: EventRow, url: str | None) -> EventView:
        """Show a row; one that has a thumbnail and no key for it has none."""
        return cls(
            id=row.id,
            start_time=row.start_time,
            end_time=row.end_time,
            event_type=row.event_type,
            description=row.description,
            thumbnail_url=url,
            has_thumbnail=row.has_thumbnail and bool(row.s3_thumbnail_key),
        )


class EventsView(BaseModel):
    """A video's events by ``start_time``."""

    events: list[EventView]
