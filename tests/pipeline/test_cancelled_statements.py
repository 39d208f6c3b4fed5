"""Cancelled while the database is at a statement: each one in the order of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import anyio
import pytest
from anyio import to_thread

from gpu_service.sink.connection import lock_key
from tests.pipeline.bench import Bench
from tests.pipeline.holds import Sql, is_read, is_sheet, is_sweep, is_thumbnail, nth, sql_session
from tests.support.faulty_s3 import Fault, Request

pytestmark = pytest.mark.anyio

READS = "ACCESS EXCLUSIVE"
WRITES = "SHARE ROW EXCLUSIVE"


@dataclass(frozen=True)
class Held:
    """A statement that has to wait.

    :param lock: what another session holds, a table and its mode or a whole statement.
    :param waits: the beginning of the statement that then waits; empty while a session is opened.
    :param after: the request after which it is held; None: from the start.
    :param number: which of those, from 0.
    :param again: whether the video has another result already.
    :param begun: whether the video has a row by then that says why it stopped.
    """

    lock: str
    waits: str
    after: Callable[[Request, Bench], bool] | None = None
    number: int = 0
    again: bool = False
    begun: bool = True


def _is_check(request: Request, bench: Bench) -> bool:
    return request.method == "HEAD" and request.path.strip("/") == bench.place.thumbnails


STATEMENTS = {
    "resolve": Held(f"video {READS}", "SELECT id, session_id", begun=False),
    "open the session of the lock": Held(f"pg_authid {READS}", "", begun=False),
    "begin": Held(f"video {WRITES}", "INSERT INTO video", begun=False),
    "stale keys": Held(f"object_intent {READS}", "SELECT intent.key"),
    "earlier result": Held(f"video {READS}", "SELECT id, session_id", _is_check),
    "withdraw": Held(f"event {WRITES}", "DELETE FROM event"),
    "intents": Held(
        f"object_intent {WRITES}", "INSERT INTO object_intent", lambda r, b: is_read(r, b.place), 3
    ),
    "rows": Held(f"event {WRITES}", "INSERT INTO event", lambda r, _: is_thumbnail(r)),
    "swap": Held(f"event {WRITES}", "DELETE FROM event", again=True),
    "forget what was swept": Held(
        f"object_intent {WRITES}", "DELETE FROM object_intent", lambda r, _: is_sweep(r), again=True
    ),
    "turn at the sheet": Held("SELECT pg_advisory_xact_lock({sheet})", "SELECT pg_advisory_lock"),
    "finish": Held(
        "SELECT FROM video WHERE id = 42 FOR UPDATE", "UPDATE video", lambda r, _: is_sheet(r)
    ),
}


@pytest.fixture
def sql(bench: Bench) -> Iterator[Sql]:
    """Another application's session."""
    with sql_session(bench.place) as session:
        yield session


@pytest.mark.parametrize("held", STATEMENTS.values(), ids=STATEMENTS)
async def test_cancelled_at_a_statement(bench: Bench, sql: Sql, held: Held) -> None:
    sheet = lock_key(bench.place.schema, "session", "7")
    is_statement = held.lock.startswith("SELECT")
    lock = held.lock.format(sheet=sheet) if is_statement else _lock_table(held.lock)
    earlier = await bench.analyze_otherwise() if held.again else None
    if held.after is None:
        sql.hold(lock)
    else:
        matches = held.after
        fault = Fault(after=lambda: sql.hold(lock))
        bench.proxy.script = nth(held.number, lambda request: matches(request, bench), fault)
    async with bench.at_work() as scope:
        await to_thread.run_sync(sql.await_blocked)
        waiting = sql.run(
            f"SELECT query FROM pg_stat_activity WHERE {sql.pid} = ANY (pg_blocking_pids(pid))"
        )
        assert [row[0].startswith(held.waits) for row in waiting] == [True], waiting
        scope.cancel()
        with anyio.CancelScope(shield=True):
            # The last words may wait for the same lock.
            await anyio.wait_all_tasks_blocked()
        sql.release()
    left = await bench.assert_stopped()
    if held.begun:
        assert [row["reason"] for row in left.videos] == ["interrupted"]
    else:
        assert left.videos == []
    if earlier is not None and held.waits == "DELETE FROM event":
        assert left.timeline == earlier.timeline


def _lock_table(words: str) -> str:
    table, mode = words.split(" ", 1)
    return f"LOCK TABLE {table} IN {mode} MODE"
