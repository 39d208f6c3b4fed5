"""One run a video, one contact sheet a session."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.errors import BusyError, TransientError
from gpu_service.jobs import VideoStatus
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.postgres import Database, open_database
from tests.sink.rows import publish, published, timeline, video

pytestmark = pytest.mark.anyio

HOLD = """
import anyio, sys
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.postgres import open_database
async def main():
    settings = DatabaseSettings().model_copy(
        update={"database_url": sys.argv[1], "schema_name": sys.argv[2]}
    )
    async with open_database(settings) as database, database.lock_video(5):
        print("held", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""


async def test_a_video_is_locked_by_one_run(database: Database, settings: DatabaseSettings) -> None:
    async with open_database(settings) as other:
        async with database.lock_video(5):
            assert await other.is_locked(5)
            for second in (database, other):
                with pytest.raises(BusyError, match="video 5"):
                    async with second.lock_video(5):
                        pass
            async with other.lock_video(6):
                pass
        assert not await other.is_locked(5)
        async with other.lock_video(5):
            assert await database.is_locked(5)


async def test_only_the_holder_writes(database: Database, settings: DatabaseSettings) -> None:
    async with open_database(settings) as other, database.lock_video(5):
        await database.begin(video(5))
        await publish(database, video(5), timeline(5, 2))
        attempts: list[Callable[[], Awaitable[None]]] = [
            lambda: other.begin(video(5)),
            lambda: other.note_intents(5, ["k"]),
            lambda: publish(other, video(5), []),
            lambda: other.finish(5, VideoStatus.COMPLETE, None, None),
            lambda: other.fail(5, "busy", "should not be written"),
        ]
        for attempt in attempts:
            with pytest.raises(BusyError):
                await attempt()
        await database.finish(5, VideoStatus.COMPLETE, None, None)
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason) == ("complete", None)
    assert len(await published(database, 5)) == 2


async def test_the_holder_may_write_from_several_tasks(database: Database) -> None:
    keys = [event.thumbnail_key for event in timeline(5, 12)]
    async with database.lock_video(5):
        await database.begin(video(5))
        async with anyio.create_task_group() as group:
            for key in keys:
                group.start_soon(database.note_intents, 5, [key])
        assert await database.stale_keys(5) == sorted(keys)


async def test_a_lock_ends_with_its_process(database: Database, settings: DatabaseSettings) -> None:
    command = [sys.executable, "-c", HOLD, settings.database_url, settings.schema_name]
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        assert (await process.stdout.receive()).startswith(b"held")
        with pytest.raises(BusyError):
            async with database.lock_video(5):
                pass
        process.send_signal(signal.SIGKILL)
    with anyio.fail_after(5):
        while await database.is_locked(5):
            await checkpoint()
    async with database.lock_video(5):
        pass


async def test_a_run_that_lost_its_lock_can_not_publish(database: Database, sql: Any) -> None:
    old = timeline(5, 2)
    await database.begin(video(5))
    await publish(database, video(5), old)
    async with database.lock_video(5):
        await database.begin(video(5))
        await end_session_of_lock(sql)
        with pytest.raises(TransientError) as caught:
            await publish(database, video(5), timeline(5, 2, run="b"))
        assert caught.value.reason == "database_lost"
        assert await published(database, 5) == [event.thumbnail_key for event in old]
        # It may still say so, while nobody else has the lock.
        await database.fail(5, caught.value.reason, str(caught.value))
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason) == ("failed", "database_lost")


async def test_a_run_that_lost_its_lock_to_another_says_nothing(
    database: Database, settings: DatabaseSettings, sql: Any
) -> None:
    async with open_database(settings) as other, database.lock_video(5):
        await database.begin(video(5))
        await end_session_of_lock(sql)
        async with other.lock_video(5):
            await other.begin(video(5))
            with pytest.raises(BusyError):
                await database.fail(5, "database_lost", "from the run that lost it")
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason) == ("running", None)


async def end_session_of_lock(sql: Any) -> None:
    ended = await sql.fetch(
        "SELECT pid, pg_terminate_backend(pid, 5000) FROM pg_locks "
        "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    )
    assert len(ended) == 1


async def test_a_cancelled_holder_lets_go(database: Database) -> None:
    async with anyio.create_task_group() as group:
        held = anyio.Event()

        async def hold() -> None:
            async with database.lock_video(5):
                held.set()
                await anyio.sleep_forever()

        group.start_soon(hold)
        await held.wait()
        group.cancel_scope.cancel()
    async with database.lock_video(5):
        pass


async def test_sessions_wait_for_their_turn(database: Database, sql: Any) -> None:
    order = []

    async def sheet(name: str) -> None:
        async with database.session_lock("s"):
            order.append(f"{name} in")
            await waiting(sql, 1 if name == "first" else 0)
            order.append(f"{name} out")

    async with anyio.create_task_group() as group:
        group.start_soon(sheet, "first")
        while not order:
            await checkpoint()
        group.start_soon(sheet, "second")
        async with database.session_lock("t"):
            pass
    assert order == ["first in", "first out", "second in", "second out"]


async def waiting(sql: Any, count: int) -> None:
    """Until so many sessions wait for an advisory lock."""
    with anyio.fail_after(10):
        while count != await sql.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            await checkpoint()


async def test_a_turn_that_does_not_come(database: Database) -> None:
    async with database.session_lock("s"):
        with pytest.raises(BusyError, match="session s"):
            async with database.session_lock("s", wait_seconds=0.1):
                pass
