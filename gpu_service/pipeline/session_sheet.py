"""The contact sheet of a session: every event of its videos, with times."""

from __future__ import annotations

from itertools import groupby

import anyio.from_thread
import anyio.to_thread

from gpu_service.encode.contact_sheet import SheetGroup, SheetTile, draw_contact_sheet
from gpu_service.events import timeline_key
from gpu_service.jobs import Video
from gpu_service.pipeline.services import Sinks
from gpu_service.sink.base import StoredObject
from gpu_service.sink.records import EventRow
from gpu_service.timeline import clock_text


async def renew_session_sheet(sinks: Sinks, video: Video, max_tiles: int) -> str:
    """Draw the sheet from the rows and objects as they are now, and store it.

    Videos of one session may end at the same time in different processes; the session's lock
    makes the last one to draw see all of them.

    :returns: the sheet's key.
    :raises TransientError: the turn does not come, the database or the store does not answer.
    """
    async with sinks.database.session_lock(video.session_folder):
        events = await sinks.database.session_events(video)
        groups = [
            SheetGroup(f"video {video_id}", [_tile(sinks, event) for event in of_video])
            for video_id, of_video in groupby(events, key=lambda event: event.video_id)
        ]
        title = _title(video, groups)
        jpeg = await anyio.to_thread.run_sync(
            lambda: draw_contact_sheet(title, groups, max_tiles=max_tiles)
        )
        key = timeline_key(video.session_folder)
        metadata = {"session": video.session_folder, "events": str(len(events))}
        await sinks.store.put(StoredObject(key, jpeg, "image/jpeg", metadata))
    return key


def _title(video: Video, groups: list[SheetGroup]) -> str:
    if video.session_id is None:
        return f"Video {video.id}: {video.source}"
    if len(groups) == 1:
        return f"Session {video.session_id}, video {video.id}"
    return f"Session {video.session_id}"


def _tile(sinks: Sinks, event: EventRow) -> SheetTile:
    def fetch() -> bytes | None:
        stored = anyio.from_thread.run(sinks.store.get, event.s3_thumbnail_key or "")
        return stored.body if stored is not None else None

    span = f"{clock_text(event.start_time)} – {clock_text(event.end_time)}"
    return SheetTile((span,), fetch)
