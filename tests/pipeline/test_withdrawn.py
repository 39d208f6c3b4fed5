"""A first run that fails after its rows could be read: they go, or wait for the next run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.conftest import Place, draw_cuts
from tests.pipeline.holds import Gate, Sql, is_read, is_sheet, is_sweep, nth, unanswered
from tests.pipeline.processes import Commands, Running
from tests.pipeline.state import left_in, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

KEY = "videos/session_7/video_42.mp4"
BESIDE = "videos/session_7/video_43.mp4"
SHEET = "events/sessions/7/timeline_overview.jpg"
SMALL_READS = {"GPU_SERVICE_PART_BYTES": "65536", "GPU_SERVICE_PARTS_IN_FLIGHT": "1"}
COUNT_42 = "SELECT count(*) FROM event WHERE video_id = 42"


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 frames, seven cuts, its index first: the first events settle long before its end."""
    encoding = ("-s", "256x192", "-crf", "3", "-g", "24", "-movflags", "+faststart")
    hues = ("300", "60", "180", "20", "240", "100", "330", "150")
    path = tmp_path_factory.mktemp("drawn") / "long.mp4"
    return draw_cuts(path, colours=hues, seconds=1.2, encoding=encoding)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def half_read(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, long: Path, gate: Gate
) -> Running:
    """A first run of video 42 that has committed rows and waits for the rest of its object."""
    from_byte = long.stat().st_size * 7 // 8

    def script(request: Request) -> Fault | None:
        late = is_read(request, place) and request.start >= from_byte
        return Fault(before=gate.wait) if late else None

    proxy.script = script
    running = commands.analyze(place.upload(KEY, long), AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    gate.await_arrival()
    sql.wait_for(f"SELECT ({COUNT_42}) >= 1")
    return running


def on_the_sheet(place: Place) -> str:
    return str(place.s3.head_object(Bucket=place.thumbnails, Key=SHEET)["Metadata"]["events"])


def test_the_sheet_of_a_session_shows_nothing_that_is_taken_back(
    place: Place, half_read: Running, gate: Gate, clip: Path, two_shots: Path
) -> None:
    assert place.analyze(place.upload(BESIDE, clip)).code == 0
    assert on_the_sheet(place) == "3"
    # A run at work is nothing wrong: neither its rows nor that the sheet is without them.
    assert place.run("verify").code == 0
    place.upload(KEY, two_shots)
    gate.open()
    failed = half_read.outcome()
    assert (failed.code, failed.only["error"]["reason"]) == (65, "source_changed")
    after = state_of(place)
    assert {row["video_id"] for row in after.timeline} == {43}
    assert after.intents == []
    assert place.video(42)["status"] == "failed"
    assert on_the_sheet(place) == "3"
    verified = place.run("verify")
    assert verified.code == 0, verified.printed
    assert place.analyze(f"s3://{place.raw}/{KEY}").code == 0
    assert on_the_sheet(place) == "5"
    assert place.run("verify").code == 0


def test_a_wrong_setting_takes_back_nothing(
    place: Place, half_read: Running, gate: Gate, sql: Sql
) -> None:
    half_read.kill()
    gate.open()
    sql.await_no_service()
    before = state_of(place)
    assert len(before.timeline) >= 1
    refused = place.analyze(
        f"s3://{place.raw}/{KEY}", GPU_SERVICE_THUMBNAILS_BUCKET="no-such-bucket"
    )
    assert refused.code == 2, refused.errors
    assert place.video(42)["status"] == "failed"
    assert left_in(place).timeline == before.timeline
    assert place.analyze(f"s3://{place.raw}/{KEY}").code == 0
    assert place.run("verify").code == 0


@pytest.fixture
def replaced(place: Place, clip: Path, two_shots: Path) -> str:
    """Videos 42 and 43 have three events each; the next run of 42, at this address, finds two."""
    for key in (KEY, BESIDE):
        assert place.analyze(place.upload(key, clip)).code == 0
    return place.upload(KEY, two_shots)


def test_a_sheet_that_waits_for_the_sweep_is_no_fault(
    place: Place, proxy: FaultyS3, commands: Commands, gate: Gate, replaced: str
) -> None:
    proxy.script = nth(0, is_sweep, unanswered(gate))
    running = commands.analyze(replaced, AWS_ENDPOINT_URL=proxy.url)
    gate.await_arrival()
    assert (len(state_of(place).timeline), on_the_sheet(place)) == (5, "6")
    verified = place.run("verify", "43")
    assert verified.code == 0, verified.printed
    gate.open()
    assert running.outcome().code == 0
    assert on_the_sheet(place) == "5"


def test_a_sheet_that_is_being_drawn_is_no_fault(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, gate: Gate, replaced: str
) -> None:
    proxy.script = nth(0, is_sheet, Fault(before=gate.wait))
    running = commands.analyze(replaced, AWS_ENDPOINT_URL=proxy.url)
    gate.await_arrival()
    verifying = commands.start("verify", "43")
    sql.wait_for("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    gate.open()
    assert running.outcome().code == 0
    verified = verifying.outcome()
    assert verified.code == 0, verified.errors


def test_a_sheet_that_lags_behind_is_named(place: Place, proxy: FaultyS3, replaced: str) -> None:
    proxy.script = nth(0, is_sheet, Fault(status=403, code="AccessDenied"))
    assert place.analyze(replaced, AWS_ENDPOINT_URL=proxy.url).code == 2
    verified = place.run("verify", "43")
    assert verified.code == 70
    said = f"{SHEET}: the contact sheet shows 6 events, the rows of its session are 5"
    assert said in verified.printed
    assert place.analyze(replaced).code == 0
    assert place.run("verify").code == 0


def test_a_result_that_moves_is_on_the_sheet_of_its_new_session_though_the_run_fails(
    place: Place, clip: Path
) -> None:
    both = [place.upload(f"videos/{number}.mp4", clip) for number in (1, 2)]
    for address, session in zip(both, "ab", strict=True):
        assert place.analyze(address, "--session", session).code == 0
    place.upload("videos/1.mp4", b"this is no video any more")
    assert place.analyze(both[0], "--session", "b").code == 65
    keys = place.keys()
    (sheet,) = {key for key in keys if "/sessions/" in key}
    assert sheet == "events/sessions/b/timeline_overview.jpg"
    stored = place.s3.head_object(Bucket=place.thumbnails, Key=sheet)
    assert stored["Metadata"]["events"] == "6"
    verified = place.run("verify")
    assert verified.code == 0, verified.printed
