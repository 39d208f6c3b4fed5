"""Rows that gather while a statement is under way go out in the next one, all of them."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest
from anyio import to_thread

from gpu_service.jobs import SourceRef, Video
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.rows import Rows
from gpu_service.trace import Trace
from tests.pipeline.bench import KEY, Bench
from tests.pipeline.holds import Sql, sql_session
from tests.sink.rows import timeline

pytestmark = pytest.mark.anyio

COUNT_STATEMENTS = """
    CREATE TABLE statement (rows bigint);
    CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO statement SELECT count(*) FROM added;
        RETURN NULL;
    END $$;
    CREATE TRIGGER count_rows AFTER INSERT ON event REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
"""
FORGET = """
    ROLLBACK;
    DROP TRIGGER count_rows ON event; DROP FUNCTION count_rows; DROP TABLE statement;
"""


@pytest.fixture
def sql(bench: Bench) -> Iterator[Sql]:
    """Another application's session; the rows of each statement are counted at the server."""
    with sql_session(bench.place) as session:
        session.run_all(COUNT_STATEMENTS)
        yield session
        session.run_all(FORGET)


async def test_what_has_gathered_goes_out_in_one_statement(bench: Bench, sql: Sql) -> None:
    database, stored, all_stored = bench.services.sinks.database, EventQueue(), anyio.Event()
    await database.begin(Video(42, "7", SourceRef(bench.place.raw, KEY)))
    first, *others = timeline(42, 40)
    rows = Rows(database, 42, stored, Trace(), at_once=True)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            sql.hold("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
            group.start_soon(rows.run, all_stored)
            stored.put([first])
            await to_thread.run_sync(sql.await_blocked)
            for event in others:
                stored.put([event])
            stored.close()
            sql.release()
    assert all_stored.is_set()
    assert rows.committed == {event.id for event in (first, *others)}
    counted = await to_thread.run_sync(bench.place.rows, "SELECT rows FROM statement")
    assert [row["rows"] for row in counted] == [1, 39]
