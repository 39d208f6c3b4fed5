"""A run that is killed at any step: readers see whole timelines, running it again mends all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Place
from tests.pipeline.holds import (
    Gate,
    Sql,
    is_read,
    is_sheet,
    is_sweep,
    is_thumbnail,
    lost,
    nth,
    unanswered,
)
from tests.pipeline.processes import Commands
from tests.pipeline.state import State, left_in, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

KEY = "videos/session_7/video_42.mp4"
ONE_EVENT = {"GPU_SERVICE_MIN_EVENT_SECONDS": "5"}

Hold = Callable[[Place, FaultyS3, Sql], Callable[[], None]]
"""Makes the next run wait at a step; returns what waits for the run to be there."""


def opening(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    gate = Gate()
    proxy.script = nth(0, lambda request: request.method == "HEAD", lost(gate))
    return gate.await_arrival


def decoding(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    gate = Gate()
    proxy.script = nth(3, lambda request: is_read(request, place), lost(gate))
    return gate.await_arrival


def second_put_done(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    gate = Gate()
    proxy.script = nth(1, is_thumbnail, unanswered(gate))
    return gate.await_arrival


def in_the_rows(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    sql.hold("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
    return sql.await_blocked


def before_the_sweep(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    gate = Gate()
    proxy.script = nth(0, is_sweep, lost(gate))
    return gate.await_arrival


def before_the_sheet(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    gate = Gate()
    proxy.script = nth(0, is_sheet, lost(gate))
    return gate.await_arrival


def at_complete(place: Place, proxy: FaultyS3, sql: Sql) -> Callable[[], None]:
    hold = Fault(after=lambda: sql.hold("SELECT FROM video WHERE id = 42 FOR UPDATE"))
    proxy.script = nth(0, is_sheet, hold)
    return sql.await_blocked


BEFORE_THE_ROWS = [opening, decoding, second_put_done, in_the_rows]
AFTER_THE_ROWS = [before_the_sweep, before_the_sheet, at_complete]


def kill_at(hold: Hold, place: Place, proxy: FaultyS3, sql: Sql, commands: Commands) -> State:
    """Run until the step, kill; what a reader then finds."""
    await_step = hold(place, proxy, sql)
    running = commands.analyze(
        f"s3://{place.raw}/{KEY}",
        AWS_ENDPOINT_URL=proxy.url,
        GPU_SERVICE_UPLOADS_IN_FLIGHT="1",
        GPU_SERVICE_PART_BYTES="65536",
        GPU_SERVICE_PARTS_IN_FLIGHT="1",
    )
    await_step()
    running.kill()
    sql.release()
    sql.await_no_service()
    return left_in(place)


def assert_mended(place: Place, expected: State) -> None:
    address = f"s3://{place.raw}/{KEY}"
    verified = place.run("verify")
    assert verified.code == 70
    again = place.analyze(address)
    assert again.code == 0, again.errors
    assert state_of(place) == expected
    verified = place.run("verify")
    assert verified.code == 0, verified.errors


def test_kills_before_the_rows_leave_the_earlier_timeline(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    earlier: State,
    undisturbed: State,
) -> None:
    for hold in BEFORE_THE_ROWS:
        seen = kill_at(hold, place, proxy, sql, commands)
        assert seen.timeline == earlier.timeline, hold.__name__
        assert seen.videos[0]["status"] == "running"
    assert_mended(place, undisturbed)


@pytest.mark.parametrize("hold", AFTER_THE_ROWS)
def test_a_kill_after_the_rows_leaves_the_new_timeline(
    hold: Hold,
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    earlier: State,
    undisturbed: State,
) -> None:
    seen = kill_at(hold, place, proxy, sql, commands)
    assert seen.timeline == undisturbed.timeline
    assert seen.videos[0]["status"] == "running"
    assert_mended(place, undisturbed)


def test_kills_of_a_first_run(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    clip: Path,
    undisturbed: State,
) -> None:
    place.upload(KEY, clip)
    begun = kill_at(second_put_done, place, proxy, sql, commands).timeline
    assert begun == undisturbed.timeline[: len(begun)]
    assert len(begun) < 3
    seen = kill_at(before_the_sheet, place, proxy, sql, commands)
    assert seen.timeline == undisturbed.timeline
    assert_mended(place, undisturbed)


def test_a_row_waits_for_its_object(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    clip: Path,
    undisturbed: State,
) -> None:
    """The first put never reaches S3, the others do: no row is ahead of its object."""
    gate = Gate()
    held: dict[str, str] = {}

    def is_first(request: Request) -> bool:
        if not is_thumbnail(request):
            return False
        return request.path == held.setdefault("path", request.path)

    # Every try of it: the client repeats what is not answered.
    proxy.script = lambda request: lost(gate) if is_first(request) else None
    running = commands.analyze(place.upload(KEY, clip), AWS_ENDPOINT_URL=proxy.url)
    gate.await_arrival()
    key = held["path"].removeprefix(f"/{place.thumbnails}/")
    sql.wait_for(f"SELECT count(*) = 2 FROM event WHERE s3_thumbnail_key <> '{key}'")
    for kill in (False, True):
        if kill:
            running.kill()
            sql.await_no_service()
        seen = state_of(place)
        assert key not in seen.objects
        assert len(seen.timeline) == 2
        # What may be stored at any moment is on record, so that it can be swept.
        assert seen.intents == [{"key": key, "video_id": 42}]
    gate.open()
    assert_mended(place, undisturbed)


def test_kills_after_the_object_was_replaced(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    clip: Path,
    two_shots: Path,
    undisturbed: State,
) -> None:
    assert place.analyze(place.upload(KEY, two_shots)).code == 0
    old = state_of(place)
    place.upload(KEY, clip)
    assert kill_at(second_put_done, place, proxy, sql, commands).timeline == old.timeline
    # What the first has left is swept before the second begins.
    seen = kill_at(before_the_sweep, place, proxy, sql, commands)
    assert seen.timeline == old.timeline
    assert_mended(place, undisturbed)


def test_what_a_killed_run_left_is_swept_though_no_run_succeeds(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, clip: Path
) -> None:
    place.upload(KEY, clip)
    assert len(kill_at(second_put_done, place, proxy, sql, commands).objects) == 2
    place.upload(KEY, b"this is no video any more")
    assert place.analyze(f"s3://{place.raw}/{KEY}").code == 65
    assert state_of(place).objects == {}
    assert place.run("verify").code == 0
