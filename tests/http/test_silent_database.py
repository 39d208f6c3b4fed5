"""A database that takes connections and statements, and never answers: its machine hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from gpu_service.commands.stop_in_time import STOP_SECONDS
from gpu_service.local.postgres import embedded_postgres
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from tests.http.served import SMALL_READS, started
from tests.pipeline.bench import KEY
from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, is_read, lost, nth
from tests.pipeline.processes import Commands
from tests.support.faulty_s3 import FaultyS3

READERS = 12
"""Three times as many as there are connections to the database."""

SLACK_SECONDS = 5.0


class Silenceable:
    """A PostgreSQL of the test's own, whose processes can be halted."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = {"DATABASE_URL": url, "GPU_SERVICE_SCHEMA": "public"}
        self._pid = int((folder / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def silent(self) -> Iterator[None]:
        # The first of them makes the others: it halts first and goes on last.
        halted = [self._pid]
        os.kill(self._pid, signal.SIGSTOP)
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text()
        halted += map(int, children.split())
        for pid in halted:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(halted):
                os.kill(pid, signal.SIGCONT)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Silenceable]:
    folder = tmp_path / "data"
    with embedded_postgres(folder) as url:
        anyio.run(migrate, DatabaseSettings().model_copy(update={"database_url": url}))
        yield Silenceable(url, folder)


def test_readers_are_told_and_do_not_pile_up(
    place: Place, commands: Commands, database: Silenceable
) -> None:
    served = started(commands, **database.environment)
    with database.silent(), ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(lambda _: served.get("/videos/42/events"), range(READERS)))
        assert served.get("/healthz").status == 200
    for answer in answers:
        assert (answer.status, answer.error["retryable"]) == (503, True)
        assert answer.error["reason"] in ("database_slow", "database_lost")
        assert int(answer.headers["retry-after"]) > 0
    served.await_ready()
    assert served.get("/videos/42/events").status == 404


def test_a_stop_ends_all_the_same(
    place: Place, commands: Commands, proxy: FaultyS3, clip: Path, database: Silenceable
) -> None:
    place.upload(KEY, clip)
    gate = Gate()
    proxy.script = nth(0, lambda request: is_read(request, place), lost(gate))
    changes = {"AWS_ENDPOINT_URL": proxy.url, **SMALL_READS, **database.environment}
    served = started(commands, **changes)
    assert served.ask(42, place.raw, KEY).status == 202
    gate.await_arrival()
    with database.silent():
        served.running.signal(signal.SIGTERM)
        outcome = served.running.outcome(seconds=STOP_SECONDS + SLACK_SECONDS)
    gate.open()
    assert outcome.code == 75
    assert "nothing is half-written" in outcome.errors.splitlines()[-1]
    assert "Traceback" not in outcome.errors
