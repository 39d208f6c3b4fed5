"""``/healthz`` and ``/readyz`` of a server that can't work yet, or not at the moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from gpu_service.local.postgres import embedded_postgres
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from tests.http.served import start, started
from tests.pipeline.bench import KEY
from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, Sql, is_read, lost, nth
from tests.pipeline.processes import Commands
from tests.support.faulty_s3 import FaultyS3


def test_while_the_model_is_loaded(place: Place, commands: Commands, proxy: FaultyS3) -> None:
    gate = Gate()
    proxy.script = nth(0, lambda request: is_read(request, place), lost(gate))
    weights = place.upload("weights.pth", b"no weights")
    served = start(commands, AWS_ENDPOINT_URL=proxy.url, GPU_SERVICE_WEIGHTS=weights)
    gate.await_arrival()
    assert served.get("/healthz").status == 200
    for answer in (served.get("/readyz"), served.ask(42, place.raw, KEY), served.get("/jobs/1")):
        assert (answer.status, answer.error["reason"]) == (503, "not_ready")
        assert "the model is being loaded" in answer.error["message"]
    gate.open()
    # Which is what they are not.
    outcome = served.running.outcome()
    assert outcome.code == 2
    assert outcome.errors.splitlines()[-1].startswith("gpu-service: weights")


def test_stopped_while_the_model_is_loaded(
    place: Place, commands: Commands, proxy: FaultyS3
) -> None:
    gate = Gate()
    proxy.script = nth(0, lambda request: is_read(request, place), lost(gate))
    weights = place.upload("weights.pth", b"no weights")
    served = start(commands, AWS_ENDPOINT_URL=proxy.url, GPU_SERVICE_WEIGHTS=weights)
    gate.await_arrival()
    served.running.signal(signal.SIGTERM)
    assert served.running.outcome(seconds=10).code == 0
    gate.open()


def test_a_database_that_is_silent(place: Place, commands: Commands, sql: Sql) -> None:
    served = started(commands)
    sql.hold("LOCK TABLE gpu_service_migration IN ACCESS EXCLUSIVE MODE")
    answer = served.get("/readyz")
    assert (answer.status, answer.error["reason"]) == (503, "database_slow")
    assert "did not answer in 2 s" in answer.error["message"]
    assert answer.headers["retry-after"]
    assert served.get("/healthz").status == 200
    sql.release()
    served.await_ready()
    sql.run_all("UPDATE gpu_service_migration SET version_num = '0000'")
    answer = served.get("/readyz")
    assert (answer.status, answer.error["reason"]) == (503, "not_migrated")


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[tuple[str, ExitStack]]:
    """A database that the test may stop, by closing the stack."""
    with ExitStack() as stack:
        url = stack.enter_context(embedded_postgres(tmp_path / "data"))
        anyio.run(migrate, DatabaseSettings().model_copy(update={"database_url": url}))
        yield url, stack


def test_a_database_that_goes_and_comes_back(
    place: Place, commands: Commands, own_database: tuple[str, ExitStack], tmp_path: Path
) -> None:
    url, stack = own_database
    served = started(commands, DATABASE_URL=url, GPU_SERVICE_SCHEMA="public")
    stack.close()
    answer = served.get("/readyz")
    assert answer.status == 503
    assert answer.error["reason"] in ("database_lost", "database_down")
    assert "database" in answer.error["message"]
    assert served.get("/healthz").status == 200
    events = served.get("/videos/42/events")
    assert (events.status, events.error["retryable"]) == (503, True)
    done = served.finished(served.ask(42, place.raw, KEY).json["id"])
    assert (done["state"], done["error"]["retryable"]) == ("failed", True)

    with embedded_postgres(tmp_path / "data") as back:
        assert back == url
        served.await_ready()
        assert served.get("/videos/42/events").status == 404
