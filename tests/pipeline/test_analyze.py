"""From an object in S3 to rows and JPEGs, by the command line alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import simplejpeg

from tests.pipeline.conftest import Place
from tests.support.media import media


def test_a_video_becomes_events_thumbnails_and_rows(place: Place, two_shots: Path) -> None:
    address = place.upload("videos/session_7/video_42.mp4", two_shots)
    done = place.analyze(address)
    assert done.code == 0, done.errors
    result = done.only
    assert result["status"] == "complete"
    assert (result["video_id"], result["session_id"], result["source"]) == (42, "7", address)
    assert result["frames"] == 60
    assert result["duration"] == 2.4
    assert result["object_size"] == result["bytes_read"] == two_shots.stat().st_size
    assert [(e["start_time"], e["end_time"]) for e in result["events"]] == [(0, 1.2), (1.2, 2.4)]

    video = place.video(42)
    assert (video["status"], video["session_id"], video["s3_key"]) == (
        "complete",
        "7",
        "videos/session_7/video_42.mp4",
    )
    assert json.loads(video["settings"])["min_event_seconds"] == 0.5
    for event, row in zip(result["events"], place.events(42), strict=True):
        for name in ("id", "start_time", "end_time", "event_type", "description"):
            assert row[name] == event[name]
        assert row["has_thumbnail"]
        key = row["s3_thumbnail_key"]
        at = row["thumbnail_timestamp"]
        assert key == f"events/event_{row['id']}/frame_{int(at * 1000)}.jpg"
        stored = place.s3.get_object(Bucket=place.thumbnails, Key=key)
        assert stored["ContentType"] == "image/jpeg"
        assert stored["Metadata"] == {
            "video_id": "42",
            "event_id": str(row["id"]),
            "timestamp": repr(at),
        }
        picture = simplejpeg.decode_jpeg(stored["Body"].read())
        assert picture.shape == (96, 128, 3)
    keys = place.keys()
    assert "events/sessions/7/timeline_overview.jpg" in keys
    assert len(keys) == 3
    assert place.run("verify").code == 0


def test_analysing_again_changes_nothing(place: Place, two_shots: Path) -> None:
    address = place.upload("videos/a b+ü.mp4", two_shots)
    first, keys = place.analyze(address), place.keys()
    second = place.analyze(address)
    assert first.code == second.code == 0
    assert second.only["events"] == first.only["events"]
    assert second.only["video_id"] == first.only["video_id"]
    assert place.keys() == keys


def test_another_result_replaces_rows_and_objects(place: Place, two_shots: Path) -> None:
    address = place.upload("videos/session_1/video_1.mp4", two_shots)
    first = place.analyze(address)
    keys = place.keys()
    second = place.analyze(address, GPU_SERVICE_MIN_EVENT_SECONDS="5")
    assert len(first.only["events"]) == 2
    assert len(second.only["events"]) == 1
    assert [row["id"] for row in place.events(1)] == [second.only["events"][0]["id"]]
    assert len(place.keys()) == 2
    assert place.keys() & keys == {"events/sessions/1/timeline_overview.jpg"}
    assert place.run("verify").code == 0


def test_a_replaced_object_gets_keys_of_its_own(
    place: Place, two_shots: Path, three_shots: Path
) -> None:
    address = place.upload("videos/session_1/video_1.mp4", two_shots)
    before = {event["id"] for event in place.analyze(address).only["events"]}
    place.upload("videos/session_1/video_1.mp4", three_shots)
    after = {event["id"] for event in place.analyze(address).only["events"]}
    assert len(after) == 3
    assert not before & after
    assert {row["id"] for row in place.events(1)} == after
    assert place.run("verify").code == 0


@pytest.mark.parametrize("versioning", ["Enabled", "Suspended"])
def test_the_bytes_make_the_ids_and_not_their_version(
    place: Place, two_shots: Path, versioning: str
) -> None:
    """A suspended bucket gives every object the same version, "null"."""
    state = {"Status": versioning}
    place.s3.put_bucket_versioning(Bucket=place.raw, VersioningConfiguration=state)
    key = "videos/session_1/video_1.mp4"
    first = place.analyze(place.upload(key, two_shots)).only["events"]
    again = place.analyze(place.upload(key, two_shots)).only["events"]
    padded = two_shots.read_bytes() + b"\0\0\0\x08free"
    other = place.analyze(place.upload(key, padded)).only["events"]
    assert again == first
    assert [event["start_time"] for event in other] == [event["start_time"] for event in first]
    assert not {event["id"] for event in other} & {event["id"] for event in first}


def test_a_session_s_sheet_shows_all_its_videos(place: Place, two_shots: Path) -> None:
    for number in (1, 2):
        address = place.upload(f"videos/session_s/video_{number}.mp4", two_shots)
        assert place.analyze(address).code == 0
    sheet = place.s3.head_object(
        Bucket=place.thumbnails, Key="events/sessions/s/timeline_overview.jpg"
    )
    assert sheet["Metadata"]["events"] == "4"


def test_a_batch_goes_on_past_a_bad_video(place: Place, two_shots: Path) -> None:
    bad = place.upload("videos/session_1/video_1.mp4", b"this is no video at all, only text")
    good = place.upload("videos/session_1/video_2.mp4", two_shots)
    done = place.analyze(bad, good)
    assert done.code == 65
    assert [result["status"] for result in done.results] == ["failed", "complete"]
    assert done.results[0]["error"]["reason"] == "not_a_video"
    assert place.video(1)["status"] == "failed"
    assert place.video(1)["reason"] == "not_a_video"


def test_an_id_of_another_source_is_refused(place: Place, two_shots: Path) -> None:
    assert place.analyze(place.upload("videos/x.mp4", two_shots), "--video-id", "5").code == 0
    done = place.analyze(place.upload("videos/y.mp4", two_shots), "--video-id", "5")
    assert done.code == 2
    assert done.only["error"]["reason"] == "video_id_taken"
    assert place.video(5)["s3_key"] == "videos/x.mp4"


def test_a_real_video_with_a_variable_frame_rate(place: Place) -> None:
    address = place.upload("videos/session_1/video_1.mp4", media("goldeneye-vfr-drop3.mp4"))
    result = place.analyze(address).only
    assert result["frames"] == 160
    assert len(result["events"]) == 3
    ends = [event["end_time"] for event in result["events"]]
    starts = [event["start_time"] for event in result["events"]]
    assert starts[1:] == ends[:-1]


def test_a_path_with_local_needs_no_servers(two_shots: Path, tmp_path: Path, place: Place) -> None:
    changes = {"GPU_SERVICE_LOCAL_DIR": str(tmp_path / "local"), "DATABASE_URL": ""}
    changes |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "GPU_SERVICE_SCHEMA": "public"}
    done = place.analyze(str(two_shots), "--local", **changes)
    assert done.code == 0, done.errors
    assert len(done.only["events"]) == 2
    verified = place.run("verify", "--local", **changes)
    assert verified.code == 0, verified.errors
    assert len(list((tmp_path / "local" / "objects").rglob("*.jpg"))) == 3
