"""Rows as they are read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gpu_service.events import session_folder

MADE_BY = "gpu-service"
"""``event.made_by`` of the service's rows; all others are left alone."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of ``event``, written by the service or by another application.

    :param start_time: seconds from the video's first frame.
    :param end_time: exclusive.
    :param made_by: ``gpu-service`` on rows of the service, None on everybody else's.
    """

    id: int
    video_id: int
    start_time: float
    end_time: float
    event_type: str | None
    description: str | None
    s3_thumbnail_key: str | None
    thumbnail_timestamp: float | None
    has_thumbnail: bool
    made_by: str | None


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A row of ``video``; what is None was never analysed to that point.

    :param duration: in seconds.
    :param object_size: in bytes.
    :param settings: of the analysis whose events are published.
    """

    id: int
    session_id: str | None
    s3_bucket: str | None
    s3_key: str | None
    etag: str | None
    duration: float | None
    status: str | None
    reason: str | None
    message: str | None
    frames: int | None
    object_size: int | None
    bytes_read: int | None
    device: str | None
    backend: str | None
    model: str | None
    fingerprint: str | None
    settings: dict[str, object] | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def session_folder(self) -> str:
        """The session in object keys."""
        return session_folder(self.session_id, self.id)
