"""All that a place holds, in a form in which two places can be compared."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import Any

import anyio

from gpu_service.events import session_folder, timeline_key
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from tests.pipeline.conftest import Place

Rows = list[dict[str, Any]]


@dataclass
class State:
    """Rows and objects; what differs between two equal runs, such as times, is left out.

    :param objects: key to MD5 of the body.
    """

    videos: Rows
    events: Rows
    intents: Rows
    objects: dict[str, str]

    @property
    def timeline(self) -> Rows:
        """The events, without objects that are missing: what a reader may rely on."""
        for row in self.events:
            assert row["has_thumbnail"]
            assert row["s3_thumbnail_key"] in self.objects, "a row without its object"
        return self.events

    @property
    def orphans(self) -> set[str]:
        """Objects that no row, no session with events and no intent speaks of; of a place at rest."""
        filled = {row["video_id"] for row in self.events}
        sheets = {
            timeline_key(session_folder(row["session_id"], row["id"]))
            for row in self.videos
            if row["id"] in filled
        }
        rows = {row["s3_thumbnail_key"] for row in self.events}
        return set(self.objects) - rows - sheets - {row["key"] for row in self.intents}


def state_of(place: Place) -> State:
    """Rows first: whatever runs meanwhile may have added objects to them, but none may lack its own."""
    videos = place.rows(
        "SELECT id, session_id, s3_key, etag, duration, status, reason, message, frames, "
        "object_size, device, backend, model, fingerprint FROM video ORDER BY id"
    )
    events = place.rows("SELECT * FROM event ORDER BY video_id, start_time")
    intents = place.rows("SELECT key, video_id FROM object_intent ORDER BY key")
    pages = place.s3.get_paginator("list_objects_v2").paginate(Bucket=place.thumbnails)
    objects = {
        str(item["Key"]): str(item["ETag"]) for page in pages for item in page.get("Contents", [])
    }
    return State(videos, events, intents, objects)


def left_in(place: Place) -> State:
    """As :func:`state_of`, where no run is at work: there is no object that nothing speaks of."""
    state = state_of(place)
    assert state.orphans == set()
    return state


def new_place(like: Place) -> Place:
    """Another schema and two other buckets on the same servers."""
    name = uuid.uuid4().hex[:12]
    place = dataclasses.replace(
        like, schema=f"t_{name}", raw=f"raw-{name}", thumbnails=f"thumbs-{name}"
    )
    settings = DatabaseSettings().model_copy(
        update={"database_url": place.database_url, "schema_name": place.schema}
    )
    anyio.run(migrate, settings)
    return place


def copy_place(source: Place, target: Place) -> None:
    """Put all rows and thumbnails of one place into another."""
    target.rows(f"INSERT INTO video SELECT * FROM {source.schema}.video")
    target.rows("UPDATE video SET s3_bucket = $1", target.raw)
    target.rows(f"INSERT INTO event SELECT * FROM {source.schema}.event")
    keys = source.keys()
    for key in keys:
        target.s3.copy_object(
            Bucket=target.thumbnails,
            Key=key,
            CopySource={"Bucket": source.thumbnails, "Key": key},
        )
