"""The contact sheet of a session: every event of its videos, with times."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePosixPath

import anyio.from_thread

from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.contact_sheet import SheetGroup, SheetTile, draw_contact_sheet
from gpu_service.events import timeline_key
from gpu_service.jobs import Video
from gpu_service.pipeline.services import Sinks
from gpu_service.pipeline.threads import in_thread
from gpu_service.sink.base import StoredObject
from gpu_service.sink.records import MADE_BY, EventRow
from gpu_service.timeline import clock_text

logger = logging.getLogger("gpu_service.pipeline")


async def renew_session_sheet(sinks: Sinks, video: Video, max_tiles: int) -> str:
    """Draw the sheet from the rows and objects as they are now, and store it.

    Videos of one session may end at the same time in different processes; the session's lock
    makes the last one to draw see all of them. The sheet of a session without events is removed.

    :returns: the sheet's key.
    :raises TransientError: the turn does not come, the database or the store does not answer.
    """
    async with sinks.database.session_lock(video.session_folder):
        key = timeline_key(video.session_folder)
        events = await sinks.database.session_events(video)
        if not events:
            await sinks.store.delete([key])
            return key
        groups = [
            SheetGroup(await _name(sinks, video_id), [_tile(sinks, event) for event in of_video])
            for video_id, of_video in groupby(events, key=lambda event: event.video_id)
        ]
        title = _title(video, {event.video_id for event in events})
        jpeg = await in_thread(lambda: draw_contact_sheet(title, groups, max_tiles=max_tiles))
        metadata = {"session": video.session_folder, "events": str(count_own(events))}
        await sinks.store.put(StoredObject(key, jpeg, "image/jpeg", metadata))
    return key


def count_own(events: Iterable[EventRow]) -> int:
    """How many are the service's: what a sheet says of itself, since no other rows renew it."""
    return sum(event.made_by == MADE_BY for event in events)


def _title(video: Video, shown: set[int]) -> str:
    if video.session_id is None:
        return f"Video {video.id}: {video.source}"
    if len(shown) == 1:
        # Not always this video: it may be drawing the sheet of a session that it has left.
        return f"Session {video.session_id}, video {shown.pop()}"
    return f"Session {video.session_id}"


async def _name(sinks: Sinks, video_id: int) -> str:
    row = await sinks.database.video(video_id)
    if row is None or not row.s3_key:
        return f"Video {video_id}"
    return f"Video {video_id}: {PurePosixPath(row.s3_key).name}"


def _tile(sinks: Sinks, event: EventRow) -> SheetTile:
    def fetch() -> bytes | None:
        stored = anyio.from_thread.run(sinks.store.get, event.s3_thumbnail_key or "")
        if stored is None:
            return None
        if problem := jpeg_problem(stored.body):
            # Another video's perhaps, which must not fail this one; verify names it.
            logger.warning("%s: %s; the contact sheet goes without it", stored.key, problem)
            return None
        return stored.body

    span = f"{clock_text(event.start_time)} – {clock_text(event.end_time)}"
    return SheetTile((span,), fetch)
