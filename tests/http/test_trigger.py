"""The trigger as another service uses it: ask, look, read the events, fetch the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.http.client import request
from tests.http.served import Served
from tests.pipeline.bench import BESIDE, KEY
from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, is_read, lost, nth
from tests.support.faulty_s3 import FaultyS3


@pytest.fixture
def place(shared: tuple[Place, FaultyS3]) -> Place:
    return shared[0]


@pytest.fixture
def gate(shared: tuple[Place, FaultyS3]) -> Iterator[Gate]:
    """The next read of a video waits here, fails, and is tried again."""
    place, proxy = shared
    gate = Gate()
    proxy.script = nth(0, lambda request: is_read(request, place), lost(gate))
    yield gate
    gate.open()
    proxy.script = lambda request: None


def test_from_a_request_to_the_pictures(at_work: Served, place: Place) -> None:
    before = datetime.now(UTC)
    asked = at_work.ask(42, place.raw, KEY)
    assert asked.status == 202
    job = asked.json
    assert asked.headers["location"] == f"/jobs/{job['id']}"
    assert (job["video_id"], job["bucket"], job["key"]) == (42, place.raw, KEY)
    assert job["session_id"] == "7"
    assert job["state"] in ("queued", "running")
    assert (job["result"], job["error"]) == (None, None)

    done = at_work.finished(job["id"])
    assert (done["state"], done["error"]) == ("complete", None)
    assert done["result"] == {
        "status": "complete",
        "events": 3,
        "frames": 48,
        "device": "cpu",
        "backend": place.video(42)["backend"],
    }
    times = [
        datetime.fromisoformat(done[f"{what}_at"]) for what in ("created", "started", "finished")
    ]
    assert [before, *times] == sorted([before, *times])
    assert all(time.utcoffset() == timedelta(0) for time in times)

    rows = place.events(42)
    answer = at_work.get("/videos/42/events")
    assert answer.status == 200
    assert answer.json.keys() == {"events"}
    events = answer.json["events"]
    assert [event["id"] for event in events] == [row["id"] for row in rows]
    for event, row in zip(events, rows, strict=True):
        url = event.pop("thumbnail_url")
        assert event == {
            name: row[name]
            for name in (
                "id",
                "start_time",
                "end_time",
                "event_type",
                "description",
                "has_thumbnail",
            )
        }
        assert event["has_thumbnail"] is True
        fetched = request("GET", url)
        stored = place.s3.get_object(Bucket=place.thumbnails, Key=row["s3_thumbnail_key"])
        assert (fetched.status, fetched.headers["content-type"]) == (200, "image/jpeg")
        assert fetched.body == stored["Body"].read()
        assert fetched.body.startswith(b"\xff\xd8")
        assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["3600"]


def test_one_job_a_video_while_it_is_undone(at_work: Served, place: Place, gate: Gate) -> None:
    job = at_work.ask(42, place.raw, KEY).json
    gate.await_arrival()
    assert at_work.job(job["id"])["state"] == "running"

    for again in (at_work.ask(42, place.raw, KEY), at_work.ask(42, place.raw, KEY, session_id="7")):
        assert again.status == 202
        assert again.json["id"] == job["id"]
    for other in (
        at_work.ask(42, place.raw, BESIDE),
        at_work.ask(42, place.raw, KEY, session_id="8"),
    ):
        assert other.status == 409
        assert f"video 42: job {job['id']} is running" in other.error["message"]
        assert other.error["retryable"]

    waiting = at_work.ask(43, place.raw, BESIDE).json
    assert waiting["state"] == "queued"
    assert at_work.ask(43, place.raw, BESIDE).json["id"] == waiting["id"]
    full = at_work.ask(44, place.raw, "videos/session_7/video_44.mp4")
    assert (full.status, full.error["reason"]) == (503, "queue_full")
    assert int(full.headers["retry-after"]) > 0
    assert "video 44" in full.error["message"]

    gate.open()
    for undone in (job, waiting):
        assert at_work.finished(undone["id"])["state"] == "complete"
    anew = at_work.ask(42, place.raw, BESIDE).json
    assert anew["id"] != job["id"]
    # The row of video 42 is another object's.
    assert at_work.finished(anew["id"])["error"]["reason"] == "video_id_taken"


def test_what_is_wrong_with_a_video_is_its_job_s(at_work: Served, place: Place) -> None:
    job = at_work.ask(45, place.raw, "videos/nowhere.mp4", session_id=9).json
    assert job["session_id"] == "9"
    done = at_work.finished(job["id"])
    assert (done["state"], done["result"]) == ("failed", None)
    assert done["error"]["reason"] == "object_missing"
    assert f"s3://{place.raw}/videos/nowhere.mp4" in done["error"]["message"]
    assert done["error"]["retryable"] is False
    assert place.video(45)["reason"] == "object_missing"


def test_rows_of_another_application(at_work: Served, place: Place) -> None:
    place.rows("INSERT INTO video (id, s3_key) VALUES (50, 'theirs.mp4'), (51, 'none.mp4')")
    place.rows(
        "INSERT INTO event (id, video_id, start_time, end_time, has_thumbnail) "
        "VALUES (502, 50, 2, 3, true), (501, 50, 0.5, 2, false)"
    )
    nothing = {"event_type": "", "description": "", "thumbnail_url": None}
    assert at_work.get("/videos/50/events").json["events"] == [
        {"id": 501, "start_time": 0.5, "end_time": 2, "has_thumbnail": False, **nothing},
        {"id": 502, "start_time": 2, "end_time": 3, "has_thumbnail": False, **nothing},
    ]
    assert at_work.get("/videos/51/events").json == {"events": []}
