"""Whatever is broken, verify finds it, names it and ends with 70."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pipeline.conftest import Place
from tests.pipeline.state import State

SHEET = "events/sessions/7/timeline_overview.jpg"

Stored = dict[str, Any]
Break = Callable[[Place, str], str]
"""Breaks one thing, the object at a key for instance; returns what verify must say."""


@pytest.fixture
def key(place: Place, earlier: State) -> str:
    """The key of the one thumbnail in a sound place."""
    return str(earlier.events[0]["s3_thumbnail_key"])


def put(place: Place, key: str, **changes: Any) -> None:
    """Store an object again with something changed."""
    stored = place.s3.get_object(Bucket=place.thumbnails, Key=key)
    same = {
        "Body": stored["Body"].read(),
        "ContentType": stored["ContentType"],
        "Metadata": stored["Metadata"],
    }
    place.s3.put_object(Bucket=place.thumbnails, Key=key, **(same | changes))


def body(place: Place, key: str) -> bytes:
    return bytes(place.s3.get_object(Bucket=place.thumbnails, Key=key)["Body"].read())


def object_deleted(place: Place, key: str) -> str:
    place.s3.delete_object(Bucket=place.thumbnails, Key=key)
    return f"{key}: the object is missing"


def jpeg_cut_off(place: Place, key: str) -> str:
    put(place, key, Body=body(place, key)[:-500])
    return f"{key}: the JPEG is cut off"


def jpeg_damaged(place: Place, key: str) -> str:
    whole = body(place, key)
    put(place, key, Body=whole[: len(whole) // 2] + whole[-2:])
    return f"{key}: the JPEG is damaged"


def no_jpeg(place: Place, key: str) -> str:
    put(place, key, Body=b"<html>sign in</html>")
    return f"{key}: it is not a JPEG"


def empty_object(place: Place, key: str) -> str:
    put(place, key, Body=b"")
    return f"{key}: it is empty"


def other_video_s_metadata(place: Place, key: str) -> str:
    stored = place.s3.head_object(Bucket=place.thumbnails, Key=key)
    put(place, key, Metadata=stored["Metadata"] | {"video_id": "41"})
    return f"{key}: its metadata says video_id=41, the row 42"


def no_metadata(place: Place, key: str) -> str:
    put(place, key, Metadata={})
    return f"{key}: its metadata says event_id=None"


def other_content_type(place: Place, key: str) -> str:
    put(place, key, ContentType="binary/octet-stream")
    return f"{key}: its content type is binary/octet-stream"


def orphan(place: Place, key: str) -> str:
    place.s3.put_object(Bucket=place.thumbnails, Key="events/event_1/frame_0.jpg", Body=b"")
    return "events/event_1/frame_0.jpg: no row points at this object"


def sheet_of_nobody(place: Place, key: str) -> str:
    place.s3.put_object(Bucket=place.thumbnails, Key=SHEET.replace("/7/", "/8/"), Body=b"")
    return "events/sessions/8/timeline_overview.jpg: no row points at this object"


def sheet_missing(place: Place, key: str) -> str:
    place.s3.delete_object(Bucket=place.thumbnails, Key=SHEET)
    return f"{SHEET}: the contact sheet is missing"


def sheet_broken(place: Place, key: str) -> str:
    put(place, SHEET, Body=b"nothing")
    return f"{SHEET}: it is not a JPEG"


def overlapping_events(place: Place, key: str) -> str:
    place.rows(
        "INSERT INTO event (id, video_id, start_time, end_time, made_by) "
        "SELECT 5, video_id, start_time + 0.1, end_time, made_by FROM event"
    )
    return "video 42, event 5: begins before event"


def backward_event(place: Place, key: str) -> str:
    place.rows("UPDATE event SET start_time = 2, end_time = 1")
    return "runs from 2.0 to 1.0"


def event_past_the_end(place: Place, key: str) -> str:
    place.rows("UPDATE event SET end_time = 99")
    return "ends at 99.0, the video at 1.92"


def key_without_thumbnail(place: Place, key: str) -> str:
    place.rows("UPDATE event SET has_thumbnail = false")
    return "has_thumbnail and s3_thumbnail_key disagree"


def thumbnail_outside(place: Place, key: str) -> str:
    place.rows("UPDATE event SET thumbnail_timestamp = 50")
    return "its thumbnail at 50.0 lies outside it"


def complete_without_events(place: Place, key: str) -> str:
    place.rows("DELETE FROM event")
    return "video 42: has no events"


def left_running(place: Place, key: str) -> str:
    place.rows("UPDATE video SET status = 'running'")
    return "video 42: was interrupted; analyze it again"


def left_to_be_swept(place: Place, key: str) -> str:
    place.rows("INSERT INTO object_intent (key, video_id) VALUES ('events/event_1/x.jpg', 42)")
    return "video 42: 1 objects wait to be swept; analyze it again"


@pytest.mark.parametrize(
    "break_it",
    [
        object_deleted,
        jpeg_cut_off,
        jpeg_damaged,
        no_jpeg,
        empty_object,
        other_video_s_metadata,
        no_metadata,
        other_content_type,
        orphan,
        sheet_of_nobody,
        sheet_missing,
        sheet_broken,
        overlapping_events,
        backward_event,
        event_past_the_end,
        key_without_thumbnail,
        thumbnail_outside,
        complete_without_events,
        left_running,
        left_to_be_swept,
    ],
)
def test_what_is_broken_is_named(break_it: Break, place: Place, key: str) -> None:
    assert place.run("verify").code == 0
    expected = break_it(place, key)
    found = place.run("verify")
    assert found.code == 70
    assert expected in found.printed
    assert "problem" in found.errors


def test_one_video(place: Place, key: str) -> None:
    place.rows("INSERT INTO video (id, session_id, status) VALUES (43, '8', 'complete')")
    place.s3.put_object(Bucket=place.thumbnails, Key="events/event_1/frame_0.jpg", Body=b"")
    assert place.run("verify", "42").code == 0
    found = place.run("verify", "43")
    assert found.code == 70
    assert "video 43: has no events" in found.printed
    assert "42" not in found.printed


def test_a_video_that_is_not_there(place: Place) -> None:
    found = place.run("verify", "42")
    assert found.code == 65
    assert found.errors == "gpu-service: video_missing: there is no video 42\n"


def test_nothing_at_all_is_sound(place: Place) -> None:
    found = place.run("verify")
    assert found.code == 0
    assert found.printed == ""


def test_json(place: Place, key: str) -> None:
    sound = place.run("verify", "--json").only
    assert (sound["sound"], sound["videos"], sound["events"], sound["objects"]) == (True, 1, 1, 1)
    object_deleted(place, key)
    broken = place.run("verify", "--json")
    assert broken.code == 70
    assert not broken.only["sound"]
    (problem,) = broken.only["problems"]
    assert problem["what"] == "the object is missing"
    assert problem["where"].endswith(key)


def test_events_of_another_application_are_its_own_matter(place: Place, key: str) -> None:
    place.rows(
        "INSERT INTO event (id, video_id, start_time, end_time, event_type) "
        "VALUES (5, 42, 0.5, 70, 'goal')"
    )
    assert place.run("verify").code == 0


def test_a_bucket_that_is_not_there(place: Place, key: str) -> None:
    found = place.run("verify", GPU_SERVICE_THUMBNAILS_BUCKET="no-such-bucket")
    assert found.code == 2
    assert "GPU_SERVICE_THUMBNAILS_BUCKET" in found.errors
