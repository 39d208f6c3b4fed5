"""A first result that fails for good is taken back with the very words that say so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.errors import TransientError
from gpu_service.sink.postgres import Database
from tests.sink.rows import publish, published, timeline, video

pytestmark = pytest.mark.anyio

EVENTS = timeline(5, 3)
KEYS = sorted(event.thumbnail_key for event in EVENTS)


@pytest.fixture
async def begun(database: Database) -> AsyncIterator[Database]:
    """Video 5 runs for the first time, and this run has committed rows."""
    await database.begin(video(5))
    async with database.lock_video(5):
        await database.add_events(5, EVENTS)
        yield database


async def status(database: Database) -> str | None:
    row = await database.video(5)
    assert row is not None
    return row.status


async def test_rows_go_with_the_failure(begun: Database) -> None:
    await begun.fail(5, "bad_input", "it ends in the middle", withdraw=True)
    assert await status(begun) == "failed"
    assert await published(begun, 5) == []
    assert await begun.stale_keys(5) == KEYS


async def test_rows_stay_where_a_run_can_mend_it(begun: Database) -> None:
    await begun.fail(5, "access_denied", "the wrong key")
    assert await status(begun) == "failed"
    assert sorted(await published(begun, 5)) == KEYS


async def test_a_result_that_was_complete_stays(begun: Database) -> None:
    await publish(begun, video(5), EVENTS)
    await begun.fail(5, "bad_input", "the new object is no video", withdraw=True)
    assert await status(begun) == "failed"
    assert sorted(await published(begun, 5)) == KEYS
    assert await begun.stale_keys(5) == []


async def test_no_row_nothing_to_take_back(database: Database) -> None:
    await database.fail(404, "video_deleted", "its row was deleted", withdraw=True)
    assert await database.video(404) is None


@pytest.mark.parametrize("table", ["event", "video"])
async def test_a_kill_leaves_neither_or_both(begun: Database, sql: Any, table: str) -> None:
    """Whichever statement it waits at: never a failed video with rows."""
    block = sql.transaction()
    await block.start()
    await sql.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    async def kill() -> None:
        with anyio.fail_after(10):
            while not await sql.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            ):
                await checkpoint()
        await block.rollback()
        # It may say so through another session, and does it whole then as well.

    async with anyio.create_task_group() as group:
        group.start_soon(kill)
        await begun.fail(5, "bad_input", "it ends in the middle", withdraw=True)
    assert await status(begun) == "failed"
    assert await published(begun, 5) == []


async def test_a_failure_that_can_not_be_said_leaves_the_rows(begun: Database, sql: Any) -> None:
    await sql.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$; "
        "CREATE TRIGGER refuse BEFORE UPDATE ON video "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(TransientError):
        await begun.fail(5, "bad_input", "it ends in the middle", withdraw=True)
    assert await status(begun) == "running"
    assert sorted(await published(begun, 5)) == KEYS
    assert await begun.stale_keys(5) == []
