"""Timelines to publish."""

from __future__ import annotations

from fractions import Fraction

from gpu_service.events import Event, event_id, thumbnail_key
from gpu_service.jobs import SourceRef, Video, VideoResult
from gpu_service.sink.postgres import Database


def video(number: int, session: str | None = None) -> Video:
    return Video(number, session, SourceRef("raw", f"videos/{number}.mp4"))


def timeline(video_id: int, count: int, *, run: str = "a", description: str = "") -> list[Event]:
    """Events of a second each; another ``run`` has other ids."""
    events = []
    for number in range(count):
        identity = event_id(
            video_id=video_id,
            etag="e",
            fingerprint=run,
            start_pts=number,
            end_pts=number + 1,
            thumbnail_pts=number,
        )
        at = Fraction(2 * number + 1, 2)
        events.append(
            Event(
                id=identity,
                start_time=Fraction(number),
                end_time=Fraction(number + 1),
                event_type="shot",
                description=description or f"run {run}, shot {number}",
                thumbnail_pts=number,
                thumbnail_timestamp=at,
                thumbnail_key=thumbnail_key(identity, at),
            )
        )
    return events


async def publish(database: Database, of: Video, events: list[Event]) -> None:
    result = VideoResult(
        of,
        "cpu",
        "pyav/h264",
        frames=100,
        duration_seconds=float(len(events)),
        object_size=1000,
        bytes_read=1100,
        events=events,
    )
    await database.publish(
        result, pin_etag="etag", model="transnetv2", fingerprint="f", settings={"threshold": 0.5}
    )


async def published(database: Database, video_id: int) -> list[str]:
    """The keys of a video's timeline, in order."""
    return [str(event.s3_thumbnail_key) async for event in database.events_of(video_id)]
