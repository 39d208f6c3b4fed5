"""Two runs at once, S3 on a bad day, an object that changes while it is read."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, Sql, is_read, is_sheet, is_thumbnail, nth, unanswered
from tests.pipeline.processes import Commands
from tests.pipeline.state import State, left_in, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

KEY = "videos/session_7/video_42.mp4"
SHEET = "events/sessions/7/timeline_overview.jpg"
SMALL_READS = {
    "GPU_SERVICE_PART_BYTES": "65536",
    "GPU_SERVICE_PARTS_IN_FLIGHT": "1",
    "GPU_SERVICE_READ_CACHE_BYTES": str(1024 * 1024),
}


def test_two_runs_of_one_video_at_once(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, clip: Path, undisturbed: State
) -> None:
    gate = Gate()
    proxy.script = nth(0, is_thumbnail, unanswered(gate))
    address = place.upload(KEY, clip)
    first = commands.analyze(address, AWS_ENDPOINT_URL=proxy.url)
    gate.await_arrival()
    sql.wait_for("SELECT count(*) = 2 FROM event WHERE video_id = 42")
    before = state_of(place)
    second = place.analyze(address)
    assert second.code == 75
    assert second.only["error"]["reason"] == "busy"
    (line,) = second.errors.splitlines()
    assert "another run is working on it" in line
    after = state_of(place)
    assert (after.videos, after.intents) == (before.videos, before.intents)
    # A run at work is nothing wrong, and what it has stored so far is nobody's orphan.
    verified = place.run("verify")
    assert verified.code == 0, verified.printed
    gate.open()
    assert first.outcome().code == 0
    assert state_of(place) == undisturbed
    assert place.run("verify").code == 0


def test_two_videos_of_a_session_end_at_the_same_time(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, clip: Path
) -> None:
    gate = Gate()
    proxy.script = nth(0, is_sheet, unanswered(gate))
    running = []
    for number in (1, 2):
        address = place.upload(f"videos/session_7/video_{number}.mp4", clip)
        running.append(commands.analyze(address, AWS_ENDPOINT_URL=proxy.url))
        if number == 1:
            gate.await_arrival()
    # The second has published its rows and waits for its turn at the sheet.
    sql.wait_for("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    gate.open()
    assert [command.outcome().code for command in running] == [0, 0]
    sheet = place.s3.head_object(Bucket=place.thumbnails, Key=SHEET)
    assert sheet["Metadata"]["events"] == "6"
    assert place.run("verify").code == 0


def test_throttling_broken_bodies_and_server_faults_pass(
    place: Place, proxy: FaultyS3, clip: Path, undisturbed: State
) -> None:
    slow_down = Fault(status=503, code="SlowDown")
    reads = [slow_down, slow_down, Fault(cut_after=1000), None, Fault(cut_after=40000)]
    puts = [slow_down, Fault(status=500, code="InternalError"), None, slow_down]

    def script(request: Request) -> Fault | None:
        if is_read(request, place) and reads:
            return reads.pop(0)
        if is_thumbnail(request) and puts:
            return puts.pop(0)
        return None

    proxy.script = script
    done = place.analyze(place.upload(KEY, clip), AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    assert done.code == 0, done.errors
    assert reads == puts == []
    assert done.only["bytes_read"] == done.only["object_size"]
    assert place.video(42)["bytes_read"] == done.only["bytes_read"]
    assert state_of(place) == undisturbed


def test_uploads_that_fail_for_good(
    place: Place, proxy: FaultyS3, earlier: State, undisturbed: State
) -> None:
    proxy.script = lambda request: (
        Fault(status=503, code="SlowDown") if is_thumbnail(request) and request.number > 0 else None
    )
    address = f"s3://{place.raw}/{KEY}"
    done = place.analyze(address, AWS_ENDPOINT_URL=proxy.url, GPU_SERVICE_LOG_LEVEL="WARNING")
    assert done.code == 75
    assert done.only["error"]["retryable"]
    assert done.only["error"]["reason"] == "s3_error"
    assert len(done.errors.splitlines()) == 1
    assert left_in(place).timeline == earlier.timeline
    assert (place.video(42)["status"], place.video(42)["reason"]) == ("failed", "s3_error")
    verified = place.run("verify")
    assert verified.code == 70
    assert place.analyze(address).code == 0
    assert state_of(place) == undisturbed


def test_uploads_that_are_refused_leave_nothing(
    place: Place, proxy: FaultyS3, earlier: State
) -> None:
    proxy.script = lambda request: (
        Fault(status=403, code="AccessDenied")
        if is_thumbnail(request) and request.number > 1
        else None
    )
    done = place.analyze(
        f"s3://{place.raw}/{KEY}",
        AWS_ENDPOINT_URL=proxy.url,
        GPU_SERVICE_UPLOADS_IN_FLIGHT="1",
        GPU_SERVICE_LOG_LEVEL="WARNING",
    )
    assert done.code == 2
    assert done.only["error"]["reason"] == "access_denied"
    assert len(done.errors.splitlines()) == 1
    after = state_of(place)
    assert (after.events, after.objects, after.intents) == (earlier.events, earlier.objects, [])
    assert place.run("verify").code == 0


def test_an_object_replaced_while_it_is_read(
    place: Place, proxy: FaultyS3, earlier: State, two_shots: Path
) -> None:
    replace = Fault(before=lambda: place.upload(KEY, two_shots))
    proxy.script = nth(3, lambda request: is_read(request, place), replace)
    address = f"s3://{place.raw}/{KEY}"
    done = place.analyze(address, AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    assert done.code == 65
    assert done.only["error"]["reason"] == "source_changed"
    (line,) = done.errors.splitlines()
    assert address in line
    after = left_in(place)
    assert (after.events, after.objects) == (earlier.events, earlier.objects)
    assert place.video(42)["reason"] == "source_changed"
    assert place.run("verify").code == 0


def test_a_video_moves_to_another_session(place: Place, clip: Path) -> None:
    both = [place.upload(f"videos/{number}.mp4", clip) for number in (1, 2)]
    assert place.analyze(*both, "--session", "a").code == 0
    assert place.analyze(both[0], "--session", "b").code == 0
    for session in ("a", "b"):
        key = f"events/sessions/{session}/timeline_overview.jpg"
        stored = place.s3.head_object(Bucket=place.thumbnails, Key=key)
        assert stored["Metadata"]["events"] == "3"
    assert place.run("verify").code == 0
    assert place.analyze(both[1], "--session", "b").code == 0
    keys = place.keys()
    assert {key for key in keys if "/sessions/" in key} == {
        "events/sessions/b/timeline_overview.jpg"
    }
    assert place.run("verify").code == 0
