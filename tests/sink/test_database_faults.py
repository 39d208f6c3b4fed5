"""The database says no, goes away, or a run is killed in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import asyncpg
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.errors import GpuServiceError, SettingsError, TransientError
from gpu_service.local.postgres import embedded_postgres
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate, pending
from gpu_service.sink.postgres import Database, open_database
from gpu_service.sink.retry import Retries
from tests.sink.rows import publish, published, timeline, video

pytestmark = pytest.mark.anyio


async def refusal(settings: DatabaseSettings, url: str) -> GpuServiceError:
    """The error of both ways to connect, which has to be the same."""
    wrong = settings.model_copy(update={"database_url": url})
    with pytest.raises(GpuServiceError) as opened:
        async with open_database(wrong):
            pass
    with pytest.raises(GpuServiceError) as migrated:
        await pending(wrong)
    assert type(opened.value) is type(migrated.value)
    assert opened.value.reason == migrated.value.reason
    return opened.value


@pytest.mark.parametrize(
    ("url", "kind", "reason"),
    [
        ("", SettingsError, "no_database"),
        ("mysql://localhost/x", SettingsError, "settings"),
        ("postgresql://localhost:port/x", SettingsError, "settings"),
        ("postgresql://me:hush@127.0.0.1:9/x", TransientError, "database_down"),
        ("postgresql://me:hush@no-such-host.invalid/x", TransientError, "database_down"),
        ("postgresql:///x?host=/nowhere", TransientError, "database_down"),
    ],
)
async def test_a_url_that_leads_nowhere(
    settings: DatabaseSettings, url: str, kind: type[GpuServiceError], reason: str
) -> None:
    error = await refusal(settings, url)
    assert type(error) is kind
    assert error.reason == reason
    assert "hush" not in str(error)


async def test_a_database_or_role_that_does_not_exist(settings: DatabaseSettings) -> None:
    error = await refusal(settings, settings.database_url.replace("/postgres?", "/nothing?"))
    assert isinstance(error, SettingsError)
    assert error.reason == "database_missing"
    error = await refusal(settings, settings.database_url.replace("postgres:@", "nobody:@"))
    assert isinstance(error, SettingsError)
    assert error.reason == "database_credentials"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[str, ExitStack]]:
    """A server that the test may stop, by closing the stack."""
    with ExitStack() as stack:
        yield stack.enter_context(embedded_postgres(tmp_path / "data")), stack


async def test_a_server_that_asks_for_passwords_then_stops(
    own_server: tuple[str, ExitStack], tmp_path: Path, settings: DatabaseSettings
) -> None:
    url, stack = own_server
    settings = settings.model_copy(update={"database_url": url})
    await migrate(settings)

    owner = await asyncpg.connect(url)
    await owner.execute("CREATE ROLE known LOGIN PASSWORD 'right'")
    rules = tmp_path / "data" / "pg_hba.conf"
    rules.write_text("local all known scram-sha-256\n" + rules.read_text())
    await owner.execute("SELECT pg_reload_conf()")
    await owner.close()
    error = await refusal(settings, url.replace("postgres:@", "known:wrong@"))
    assert isinstance(error, SettingsError)
    assert error.reason == "database_credentials"
    assert "wrong" not in str(error)

    async with open_database(settings) as database, database.lock_video(5):
        await database.begin(video(5))
        await anyio.to_thread.run_sync(stack.close)
        for attempt in (
            lambda: publish(database, video(5), timeline(5, 2)),
            lambda: database.begin(video(6)),
            lambda: published(database, 5),
            lambda: database.fail(5, "database_lost", "…"),
            lambda: database.clear_intents(["k"]),
        ):
            with pytest.raises(TransientError) as caught:
                await attempt()
            assert caught.value.reason == "database_lost"
            assert caught.value.__cause__ is not None


async def blocked_backend(sql: Any, pid: int) -> int:
    """The session that waits for ``pid``, once there is one."""
    with anyio.fail_after(10):
        while True:
            found = await sql.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))", pid
            )
            if found is not None:
                return int(found)
            await checkpoint()


@pytest.fixture
async def blocker(database: Database, settings: DatabaseSettings) -> Any:
    """Holds the last row of video 5's old timeline, so that a publish stops in its middle."""
    await database.begin(video(5))
    await publish(database, video(5), OLD)
    connection = await asyncpg.connect(
        settings.database_url, server_settings={"search_path": settings.schema_name}
    )
    block = connection.transaction()
    await block.start()
    await connection.execute("SELECT FROM event WHERE id = $1 FOR UPDATE", OLD[-1].id)
    yield connection
    if not connection.is_in_transaction():
        await connection.close()
        return
    await block.rollback()
    await connection.close()


OLD = timeline(5, 5)
NEW = [*timeline(5, 5, run="b"), OLD[0]]


async def old_is_whole(database: Database) -> bool:
    return await published(database, 5) == [event.thumbnail_key for event in OLD]


async def test_a_kill_in_the_middle_of_a_publish(
    database: Database, blocker: Any, sql: Any
) -> None:
    keys = [event.thumbnail_key for event in NEW]
    async with database.lock_video(5):
        await database.note_intents(5, keys)

        async def kill() -> None:
            pid = await blocked_backend(sql, blocker.get_server_pid())
            assert await old_is_whole(database)
            await sql.execute("SELECT pg_terminate_backend($1)", pid)

        async with anyio.create_task_group() as group:
            group.start_soon(kill)
            with pytest.raises(TransientError) as caught:
                await publish(database, video(5), NEW)
    assert caught.value.reason == "database_lost"
    assert await old_is_whole(database)
    assert await database.stale_keys(5) == sorted(set(keys) - {OLD[0].thumbnail_key})

    await blocker.execute("ROLLBACK")
    async with database.lock_video(5):
        await publish(database, video(5), NEW)
    assert sorted(await published(database, 5)) == sorted(keys)
    assert await database.stale_keys(5) == sorted(e.thumbnail_key for e in OLD[1:])


@pytest.mark.parametrize("locked", [True, False])
async def test_a_publish_that_is_cancelled(
    database: Database, blocker: Any, sql: Any, locked: bool
) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(publish, database, video(5), NEW)
            await blocked_backend(sql, blocker.get_server_pid())
            group.cancel_scope.cancel()
        # The same session goes on working.
        await database.fail(5, "interrupted", "stopped")

    if locked:
        async with database.lock_video(5):
            await run()
    else:
        await run()
    assert await old_is_whole(database)
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason) == ("failed", "interrupted")


async def test_a_statement_that_takes_too_long(settings: DatabaseSettings, blocker: Any) -> None:
    hasty = settings.model_copy(update={"statement_timeout_seconds": 0.2})
    async with open_database(hasty, Retries(attempts=1)) as database:
        with pytest.raises(TransientError) as caught:
            await publish(database, video(5), NEW)
        assert caught.value.reason == "database_slow"
        assert await old_is_whole(database)


async def test_no_connection_is_left_open(settings: DatabaseSettings, sql: Any) -> None:
    await migrate(settings)

    async def run() -> None:
        async with (
            open_database(settings) as database,
            database.lock_video(5),
            database.session_lock("s"),
        ):
            await database.begin(video(5))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await run()
    with anyio.fail_after(5):
        while await sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE application_name = 'gpu-service' AND pid <> pg_backend_pid()"
        ):
            await checkpoint()
    assert len(asyncio.all_tasks()) <= 2
