"""SIGTERM, Ctrl-C and a lost database: one clear line, exit 75, and running it again completes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.pipeline.conftest import Outcome, Place
from tests.pipeline.holds import Gate, Sql, is_read, is_sheet, is_thumbnail, lost, nth
from tests.pipeline.processes import Commands, Running
from tests.pipeline.state import State, left_in, state_of
from tests.support.faulty_s3 import FaultyS3

KEY = "videos/session_7/video_42.mp4"
A_FEW_SECONDS = 8.0

SETTINGS = {
    "GPU_SERVICE_LOG_LEVEL": "WARNING",
    "GPU_SERVICE_PART_BYTES": "65536",
    "GPU_SERVICE_PARTS_IN_FLIGHT": "1",
    "GPU_SERVICE_UPLOADS_IN_FLIGHT": "1",
}


def started(place: Place, proxy: FaultyS3, commands: Commands) -> Running:
    address = f"s3://{place.raw}/{KEY}"
    return commands.analyze(address, AWS_ENDPOINT_URL=proxy.url, **SETTINGS)


def assert_stopped(outcome: Outcome, name: str) -> None:
    assert outcome.code == 75, outcome.errors
    (line,) = outcome.errors.splitlines()
    assert line.startswith(f"gpu-service: interrupted: stopped by {name};")
    assert outcome.only["status"] == "failed"
    assert outcome.only["error"]["reason"] == "interrupted"
    assert outcome.only["error"]["retryable"]


def assert_mended(place: Place, sql: Sql, undisturbed: State) -> None:
    sql.await_no_service()
    assert place.analyze(f"s3://{place.raw}/{KEY}").code == 0
    assert state_of(place) == undisturbed
    assert place.run("verify").code == 0


def test_sigterm_while_decoding_and_while_uploading(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    earlier: State,
    undisturbed: State,
) -> None:
    for matches, number in ((lambda r: is_read(r, place), 3), (is_thumbnail, 1)):
        gate = Gate()
        proxy.script = nth(number, matches, lost(gate))
        running = started(place, proxy, commands)
        gate.await_arrival()
        running.signal(signal.SIGTERM)
        assert_stopped(running.outcome(seconds=A_FEW_SECONDS), "SIGTERM")
        assert left_in(place).timeline == earlier.timeline
        row = place.video(42)
        assert (row["status"], row["reason"]) == ("failed", "interrupted")
    assert_mended(place, sql, undisturbed)


def test_sigint_in_the_rows_then_twice_at_the_sheet(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    earlier: State,
    undisturbed: State,
) -> None:
    sql.hold("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
    running = started(place, proxy, commands)
    sql.await_blocked()
    running.signal(signal.SIGINT)
    assert_stopped(running.outcome(seconds=A_FEW_SECONDS), "SIGINT")
    sql.release()
    assert left_in(place).timeline == earlier.timeline
    assert place.video(42)["reason"] == "interrupted"

    gate = Gate()
    proxy.script = nth(0, is_sheet, lost(gate))
    running = started(place, proxy, commands)
    gate.await_arrival()
    # The video's row can't be written: last words take their time, and a second Ctrl-C comes.
    sql.hold("SELECT FROM video WHERE id = 42 FOR UPDATE")
    running.signal(signal.SIGINT)
    sql.await_blocked()
    running.signal(signal.SIGINT)
    outcome = running.outcome(seconds=A_FEW_SECONDS)
    assert outcome.code == 75
    *warnings, last = outcome.errors.splitlines()
    assert last.startswith("gpu-service: interrupted: stopped by SIGINT;")
    assert len(warnings) == 1
    assert "the row can't say why" in warnings[0]
    sql.release()
    assert left_in(place).timeline == undisturbed.timeline
    assert_mended(place, sql, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_work_has_begun(
    place: Place, number: signal.Signals, clip: Path
) -> None:
    running = place.start("analyze", place.upload(KEY, clip))
    maps = Path(f"/proc/{running.pid}/maps")
    end = time.monotonic() + 60
    while "libtorch_cpu" not in maps.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)
    running.send_signal(number)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 75
    assert errors.splitlines() == [
        f"gpu-service: interrupted: stopped by {number.name}; nothing is half-written, run it again"
    ]
    assert state_of(place).videos == []


def test_the_database_is_lost_while_decoding_and_in_the_rows(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    earlier: State,
    undisturbed: State,
) -> None:
    gate = Gate()
    proxy.script = nth(3, lambda request: is_read(request, place), lost(gate))
    running = started(place, proxy, commands)
    gate.await_arrival()
    sql.end_service()
    assert_lost(running.outcome(seconds=A_FEW_SECONDS))
    assert left_in(place).timeline == earlier.timeline
    assert (place.video(42)["status"], place.video(42)["reason"]) == ("failed", "database_lost")

    sql.hold("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
    running = started(place, proxy, commands)
    sql.await_blocked()
    sql.end_service()
    assert_lost(running.outcome(seconds=A_FEW_SECONDS))
    sql.release()
    assert left_in(place).timeline == earlier.timeline
    assert place.video(42)["reason"] == "database_lost"
    assert_mended(place, sql, undisturbed)


def assert_lost(outcome: Outcome) -> None:
    assert outcome.code == 75, outcome.errors
    (line,) = outcome.errors.splitlines()
    assert "database_lost" in line
    assert KEY in line
    assert outcome.only["error"]["retryable"]


def test_the_database_is_down_at_the_start(place: Place, clip: Path) -> None:
    done = place.analyze(place.upload(KEY, clip), DATABASE_URL="postgresql://me:hush@127.0.0.1:9/x")
    assert done.code == 75
    (line,) = done.errors.splitlines()
    assert line.startswith("gpu-service: database_down:")
    assert "hush" not in line
