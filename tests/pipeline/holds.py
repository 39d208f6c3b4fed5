"""Ways to make a run wait at a step: a request that is not answered, a row that is locked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.pipeline.conftest import Place
from tests.support.faulty_s3 import Fault, Request, Script

LONGEST_WAIT_SECONDS = 60.0


class Gate:
    """Holds whoever comes to :meth:`wait` until it is opened."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def wait(self) -> None:
        self._reached.set()
        self._opened.wait(LONGEST_WAIT_SECONDS)

    def await_arrival(self) -> None:
        assert self._reached.wait(LONGEST_WAIT_SECONDS), "the step was never reached"

    def open(self) -> None:
        self._opened.set()


def is_thumbnail(request: Request) -> bool:
    return request.method == "PUT" and "/events/event_" in request.path


def is_sheet(request: Request) -> bool:
    return request.method == "PUT" and request.path.endswith("/timeline_overview.jpg")


def is_sweep(request: Request) -> bool:
    return request.method == "POST" and "delete" in request.path


def is_read(request: Request, place: Place) -> bool:
    return request.method == "GET" and request.path.startswith(f"/{place.raw}/")


def lost(gate: Gate) -> Fault:
    """The request waits at the gate and never reaches S3."""
    return Fault(before=gate.wait, status=503, code="SlowDown")


def late(gate: Gate) -> Fault:
    """The request reaches S3 once the gate is opened, whether or not the client still waits."""
    return Fault(before=gate.wait)


def unanswered(gate: Gate) -> Fault:
    """S3 does as it is asked, and the client does not hear of it."""
    return Fault(after=gate.wait)


def nth(number: int, matches: Any, fault: Fault) -> Script:
    """A script: ``fault`` for the request that is the ``number``-th (from 0) to match."""
    seen = 0
    turn = threading.Lock()

    def script(request: Request) -> Fault | None:
        nonlocal seen
        with turn:
            if not matches(request):
                return None
            seen += 1
            return fault if seen == number + 1 else None

    return script


class Sql:
    """A session of the test's own."""

    def __init__(self, portal: BlockingPortal, connection: asyncpg.Connection) -> None:
        self._portal = portal
        self._turn = threading.Lock()
        self._connection = connection
        self.pid = connection.get_server_pid()

    def run(self, statement: str) -> list[Any]:
        with self._turn:
            return list(self._portal.call(self._connection.fetch, statement))

    def run_all(self, script: str) -> None:
        """Run statements that give nothing back."""
        with self._turn:
            self._portal.call(self._connection.execute, script)

    def hold(self, statement: str) -> None:
        """Begin a transaction that holds the locks of this statement."""
        self.run("BEGIN")
        self.run(statement)

    def release(self) -> None:
        self.run("ROLLBACK")

    def wait_for(self, query: str) -> None:
        """Wait until the query's one value is true."""
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        while not self.run(query)[0][0]:
            assert time.monotonic() < end, f"never true: {query}"
            time.sleep(0.01)

    def await_blocked(self, count: int = 1) -> None:
        """Wait until so many sessions wait for a lock of this one."""
        self.wait_for(
            f"SELECT count(DISTINCT pid) >= {count} FROM pg_locks "
            f"WHERE NOT granted AND {self.pid} = ANY (pg_blocking_pids(pid))"
        )

    def await_no_service(self) -> None:
        """Wait until the server has noticed that the sessions of dead runs are gone."""
        self.wait_for(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'gpu-service'"
        )

    def end_service(self) -> None:
        """End every session of the service, as a restart of the server would."""
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'gpu-service'"
        )


@contextmanager
def sql_session(place: Place) -> Iterator[Sql]:
    with start_blocking_portal() as portal:

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                place.database_url, server_settings={"search_path": place.schema}
            )

        connection = portal.call(connect)
        try:
            yield Sql(portal, connection)
        finally:
            portal.call(connection.close)
