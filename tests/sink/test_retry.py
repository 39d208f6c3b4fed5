"""A transaction that meets another one is repeated, and leaves what one alone leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import asyncpg
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.errors import GpuServiceError, TransientError
from gpu_service.jobs import VideoStatus
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from gpu_service.sink.postgres import Database, open_database
from gpu_service.sink.retry import Retries
from tests.sink.rows import publish, published, timeline, video

pytestmark = pytest.mark.anyio

ATTEMPTS = 3
RETRIES = Retries(attempts=ATTEMPTS, first_wait_seconds=0.001, longest_wait_seconds=0.002)
EVENTS = timeline(5, 3)
KEYS = sorted(event.thumbnail_key for event in EVENTS)

STUMBLE = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        -- A sequence counts on when its transaction is rolled back.
        IF nextval('tries') <= {times} THEN
            RAISE EXCEPTION 'in the way' USING ERRCODE = '{code}';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER stumble AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION stumble();
"""


@pytest.fixture
async def hasty(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A database that waits for next to nothing between its attempts."""
    await migrate(settings)
    async with open_database(settings, RETRIES) as opened:
        yield opened


async def note(database: Database) -> None:
    await database.note_intents(5, KEYS)


async def add(database: Database) -> None:
    await database.add_events(5, EVENTS)


async def swap(database: Database) -> None:
    await publish(database, video(5), EVENTS)


async def withdraw(database: Database) -> None:
    await database.withdraw(5)


async def finish(database: Database) -> None:
    await database.finish(5, VideoStatus.COMPLETE, None, None)


async def begin(database: Database) -> None:
    await database.begin(video(5))


Write = Callable[[Database], Awaitable[None]]
WRITES: list[tuple[Write, str]] = [
    (note, "object_intent"),
    (add, "event"),
    (add, "object_intent"),
    (swap, "event"),
    (swap, "video"),
    (withdraw, "event"),
    (finish, "video"),
    (begin, "video"),
]


async def state(sql: Any) -> list[list[Any]]:
    return [
        await sql.fetch(query)
        for query in (
            "SELECT id, status, fingerprint FROM video",
            "SELECT * FROM event ORDER BY id",
            "SELECT key, video_id FROM object_intent ORDER BY key",
        )
    ]


@pytest.mark.parametrize(("write", "table"), WRITES)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "brief"])
async def test_a_write_that_met_another_is_repeated(
    hasty: Database, sql: Any, write: Write, table: str, locked: bool
) -> None:
    async def run() -> list[list[Any]]:
        await sql.execute("DELETE FROM event; DELETE FROM object_intent; DELETE FROM video")
        await hasty.begin(video(5))
        if write is not note:
            await hasty.note_intents(5, KEYS)
        if write is withdraw:
            await hasty.add_events(5, EVENTS)
        if stumbling:
            await sql.execute(STUMBLE.format(table=table, code="40P01", times=ATTEMPTS - 1))
        if locked:
            async with hasty.lock_video(5):
                await write(hasty)
        else:
            await write(hasty)
        return await state(sql)

    stumbling = False
    alone = await run()
    stumbling = True
    assert await run() == alone
    assert await sql.fetchval("SELECT last_value FROM tries") >= ATTEMPTS


@pytest.mark.parametrize(
    ("code", "reason", "tries"),
    [
        ("40P01", "database_conflict", ATTEMPTS),
        ("40001", "database_conflict", ATTEMPTS),
        ("55P03", "database_locked", ATTEMPTS),
        ("57014", "database_slow", ATTEMPTS),
        ("53100", "database_full", 1),
        ("57P01", "database_lost", 1),
        ("23514", "database_schema", 1),
    ],
)
async def test_only_what_may_pass_is_repeated_and_not_for_ever(
    hasty: Database, sql: Any, code: str, reason: str, tries: int
) -> None:
    await hasty.begin(video(5))
    await sql.execute(STUMBLE.format(table="event", code=code, times=1000))
    async with hasty.lock_video(5):
        with pytest.raises(GpuServiceError) as caught:
            await hasty.add_events(5, EVENTS)
    assert caught.value.reason == reason
    assert caught.value.__cause__ is not None
    assert await sql.fetchval("SELECT last_value FROM tries") == tries
    assert await published(hasty, 5) == []


@pytest.fixture
async def other(settings: DatabaseSettings) -> AsyncIterator[Any]:
    """An application that never gives way in a deadlock."""
    connection = await asyncpg.connect(
        settings.database_url,
        server_settings={"search_path": settings.schema_name, "deadlock_timeout": "1h"},
    )
    yield connection
    await connection.close()


async def blocked_by(sql: Any, pid: int) -> None:
    with anyio.fail_after(10):
        while not await sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))", pid
        ):
            await checkpoint()


async def test_a_deadlock_with_another_application(hasty: Database, other: Any, sql: Any) -> None:
    await hasty.begin(video(5))
    await hasty.add_events(5, EVENTS)
    first, *_, last = sorted(event.id for event in EVENTS)
    lock = "SELECT FROM event WHERE id = $1 FOR UPDATE"
    async with hasty.lock_video(5):
        async with anyio.create_task_group() as group, other.transaction():
            await other.execute(lock, last)
            group.start_soon(hasty.add_events, 5, timeline(5, 3, description="better"))
            await blocked_by(sql, other.get_server_pid())
            # The service holds it and waits for us: only once it has been refused
            # and rolled back is this answered.
            await other.execute(lock, first)
        rows = [row async for row in hasty.events_of(5)]
    assert [row.description for row in rows] == ["better"] * 3


async def test_a_row_that_is_held_longer_than_a_lock_may_wait(
    settings: DatabaseSettings, other: Any, sql: Any
) -> None:
    await migrate(settings)
    impatient = settings.model_copy(
        update={"database_url": f"{settings.database_url}&lock_timeout=50ms"}
    )
    block = other.transaction()
    async with open_database(impatient, RETRIES) as database, database.lock_video(5):
        await database.begin(video(5))
        await block.start()
        await other.execute("SELECT FROM video WHERE id = 5 FOR UPDATE")
        with pytest.raises(TransientError) as caught:
            await add(database)
        assert caught.value.reason == "database_locked"
        # The same session, and with it the lock, goes on working.
        await block.rollback()
        await add(database)
        assert sorted(await published(database, 5)) == KEYS
