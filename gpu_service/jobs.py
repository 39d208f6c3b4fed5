"""Jobs: which object is analysed, as which video, and how it went."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gpu_service.errors import GpuServiceError, InputError, SettingsError
from gpu_service.events import Event, session_folder

_SESSION_KEY = re.compile(
    r"^videos/session_(?P<session>[^/]+)/video_(?P<video>[0-9]{1,18})\.[^/.]+$"
)


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a video lies: an object in S3, or a file (``bucket`` is None, ``key`` its path)."""

    bucket: str | None
    key: str

    @classmethod
    def parse(cls, text: str) -> SourceRef:
        """Read ``s3://bucket/key`` or a path.

        :raises SettingsError: for an S3 address without bucket or key, or another scheme.
        """
        if re.match(r"^s3:/?[^/]", text, re.IGNORECASE):
            raise SettingsError(f"{text!r} is not s3://bucket/key", reason="usage")
        if text[:5].lower() == "s3://":
            bucket, _, key = text[5:].partition("/")
            if not bucket or not key:
                raise SettingsError(f"{text!r} is not s3://bucket/key", reason="usage")
            return cls(bucket, key)
        if re.match(r"^[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
            raise SettingsError(
                f"{text!r}: only s3://bucket/key and paths can be analysed", reason="usage"
            )
        if not text:
            raise SettingsError("an empty source; give s3://bucket/key or a path", reason="usage")
        return cls(None, str(Path(text)))

    def __str__(self) -> str:
        return self.key if self.bucket is None else f"s3://{self.bucket}/{self.key}"

    @property
    def ids_in_key(self) -> tuple[str, int] | None:
        """Session and video id where the key is ``videos/session_{s}/video_{v}.ext``."""
        match = _SESSION_KEY.match(self.key)
        return (match["session"], int(match["video"])) if match else None

    @property
    def derived_video_id(self) -> int:
        """A stable id for a source that nobody has numbered: positive, below 2**53."""
        name = self.key if self.bucket else str(Path(self.key).absolute())
        text = f"{self.bucket or 'file'}\x1f{name}"
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) or 1

    def video(self, video_id: int | None = None, session: str | None = None) -> Video:
        """The video of this source as far as its address alone says, without a database."""
        in_key = self.ids_in_key
        if in_key is not None:
            session = session if session is not None else in_key[0]
            video_id = video_id if video_id is not None else in_key[1]
        return Video(self.derived_video_id if video_id is None else video_id, session, self)


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One video to analyse, as it was asked for.

    :param video_id: None leaves it to the key, the row or the address.
    :param session: None leaves it to the key or the row.
    """

    source: SourceRef
    video_id: int | None = None
    session: str | None = None

    @property
    def video(self) -> Video:
        """The video as far as the job alone says, without a database."""
        return self.source.video(self.video_id, self.session)


@dataclass(frozen=True, slots=True)
class Video:
    """A source with its place in the database."""

    id: int
    session_id: str | None
    source: SourceRef

    @property
    def session_folder(self) -> str:
        """The session in object keys."""
        return session_folder(self.session_id, self.id)


class VideoStatus(StrEnum):
    """The life of a video's row."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Events of whatever could be decoded are published; ``reason`` says what is missing."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a result covers only a part of its video.

    :param reason: ``truncated`` or ``damaged``.
    :param detail: one line with the counts.
    """

    reason: str
    detail: str


@dataclass(slots=True)
class VideoResult:
    """What one analysis did; the object that ``--json`` prints for a video."""

    video: Video
    device: str
    backend: str
    status: VideoStatus = VideoStatus.RUNNING
    frames: int = 0
    duration_seconds: float | None = None
    object_size: int | None = None
    bytes_read: int = 0
    events: list[Event] = field(default_factory=list)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    reason: str | None = None
    message: str | None = None
    retryable: bool = False
    exit_code: int = 0
    timeline_key: str | None = None

    def fail(self, error: GpuServiceError) -> None:
        """Make this the result of a video that failed so."""
        self.status = VideoStatus.FAILED
        self.reason = error.reason
        self.message = error.message
        self.retryable = error.retryable
        self.exit_code = error.exit_code
        self.events = []

    def cover_a_part(self, damage: Damage) -> None:
        """Say that the events are those of what could be decoded."""
        self.reason = damage.reason
        self.message = (
            f"{self.video.source}: {damage.detail}; what could be decoded is kept, analyze a whole "
            "copy for the rest"
        )
        self.exit_code = InputError.exit_code

    def as_json(self) -> dict[str, object]:
        """The contract's object; times become floats here and nowhere before."""
        error = None
        if self.reason is not None:
            error = {
                "reason": self.reason,
                "message": self.message,
                "retryable": self.retryable,
            }
        return {
            "video_id": self.video.id,
            "session_id": self.video.session_id,
            "source": str(self.video.source),
            "status": str(self.status),
            "device": self.device,
            "backend": self.backend,
            "frames": self.frames,
            "duration": self.duration_seconds,
            "object_size": self.object_size,
            "bytes_read": self.bytes_read,
            "events": [
                {
                    "id": event.id,
                    "start_time": float(event.start_time),
                    "end_time": float(event.end_time),
                    "event_type": event.event_type,
                    "description": event.description,
                    "thumbnail_timestamp": (
                        float(event.thumbnail_timestamp) if event.has_thumbnail else None
                    ),
                    "s3_thumbnail_key": event.thumbnail_key if event.has_thumbnail else None,
                    "has_thumbnail": event.has_thumbnail,
                }
                for event in self.events
            ],
            "timeline_key": self.timeline_key,
            "stages": self.stages,
            "error": error,
        }
