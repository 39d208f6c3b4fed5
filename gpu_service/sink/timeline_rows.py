"""Writing the rows of a video's timeline, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from gpu_service.errors import InternalError
from gpu_service.events import Event
from gpu_service.sink.queries import QUERIES
from gpu_service.sink.records import MADE_BY
from gpu_service.sink.text import storable

EVENT_TYPE_LENGTH = 50
KEY_LENGTH = 500

_BATCH_ROWS = 2000


def check_events(events: Sequence[Event]) -> None:
    """Refuse what the columns can't hold; types and keys are the service's own words.

    :raises InternalError: a type or key is too long, or an id comes twice.
    """
    seen: set[int] = set()
    for event in events:
        if len(event.event_type) > EVENT_TYPE_LENGTH:
            raise InternalError(f"event type {event.event_type!r} exceeds {EVENT_TYPE_LENGTH}")
        if len(event.thumbnail_key) > KEY_LENGTH:
            raise InternalError(f"key {event.thumbnail_key!r} exceeds {KEY_LENGTH} characters")
        if event.id in seen:
            raise InternalError(f"two events have the id {event.id}")
        seen.add(event.id)


async def add_to_timeline(connection: Any, video_id: int, events: Sequence[Event]) -> None:
    """Write rows, whatever others the video has.

    Rows are written in the order of their ids, so that two transactions never wait for one
    another in a circle.

    :raises InternalError: an id belongs to another video or to somebody else's row.
    """
    ordered = sorted(events, key=lambda event: event.id)
    for first in range(0, len(ordered), _BATCH_ROWS):
        await _upsert(connection, video_id, ordered[first : first + _BATCH_ROWS])
    keys = [event.thumbnail_key for event in ordered if event.has_thumbnail]
    await connection.execute(QUERIES["clear_intents"], keys)


async def replace_timeline(
    connection: Any, video_id: int, events: Sequence[Event], committed: Collection[int] = ()
) -> None:
    """Make ``events`` the service's rows of the video, and note the keys of rows that go.

    :param committed: ids of those whose rows are there already.
    :raises InternalError: an id belongs to another video or to somebody else's row.
    """
    ids = sorted(event.id for event in events)
    keys = [event.thumbnail_key for event in events if event.has_thumbnail]
    await connection.execute(QUERIES["intend_replaced_keys"], video_id, MADE_BY, keys)
    await connection.execute(QUERIES["delete_replaced_events"], video_id, MADE_BY, ids)
    missing = [event for event in events if event.id not in committed]
    await add_to_timeline(connection, video_id, missing)


async def _upsert(connection: Any, video_id: int, batch: Sequence[Event]) -> None:
    written = await connection.fetch(
        QUERIES["upsert_events"],
        video_id,
        MADE_BY,
        [event.id for event in batch],
        [float(event.start_time) for event in batch],
        [float(event.end_time) for event in batch],
        [storable(event.event_type) for event in batch],
        [storable(event.description) for event in batch],
        [event.thumbnail_key if event.has_thumbnail else None for event in batch],
        [float(event.thumbnail_timestamp) if event.has_thumbnail else None for event in batch],
    )
    refused = {event.id for event in batch} - {row["id"] for row in written}
    if refused:
        raise InternalError(
            f"video {video_id}: event {min(refused)} is a row of another video or application",
            reason="event_id_taken",
        )
