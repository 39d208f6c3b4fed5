"""A signal: no more requests, nothing half-written, and the next server finishes it."""

from __future__ import annotations

import http.client
import json
import signal
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.http.served import SMALL_READS, started
from tests.http.sockets import connection, half_a_post, heard
from tests.pipeline.bench import KEY
from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, Sql, is_thumbnail, lost, nth
from tests.pipeline.processes import Commands
from tests.pipeline.state import State, left_in, state_of
from tests.support.faulty_s3 import FaultyS3

A_FEW_SECONDS = 10.0


def test_a_job_that_was_stopped_is_finished_by_the_next_server(
    place: Place,
    proxy: FaultyS3,
    commands: Commands,
    sql: Sql,
    clip: Path,
    undisturbed: State,
) -> None:
    place.upload(KEY, clip)
    gate = Gate()
    proxy.script = nth(1, is_thumbnail, lost(gate))
    changes = {"AWS_ENDPOINT_URL": proxy.url, "GPU_SERVICE_CONCURRENCY": "1", **SMALL_READS}
    served = started(commands, GPU_SERVICE_UPLOADS_IN_FLIGHT="1", **changes)
    assert served.ask(42, place.raw, KEY).status == 202
    assert served.ask(43, place.raw, KEY).json["state"] == "queued"
    gate.await_arrival()
    served.running.signal(signal.SIGTERM)
    outcome = served.running.outcome(seconds=A_FEW_SECONDS)
    assert outcome.code == 75
    assert outcome.errors.splitlines()[-1] == (
        "gpu-service: interrupted: stopped with 2 jobs undone (video 42, 43); nothing is "
        "half-written, ask for them again"
    )
    assert "Traceback" not in outcome.errors
    with pytest.raises(ConnectionRefusedError):
        served.get("/healthz")
    left_in(place)
    row = place.video(42)
    assert (row["status"], row["reason"]) == ("failed", "interrupted")

    sql.await_no_service()
    served = started(commands, **changes)
    done = served.finished(served.ask(42, place.raw, KEY).json["id"])
    assert done["state"] == "complete"
    assert state_of(place) == undisturbed
    events = served.get("/videos/42/events").json["events"]
    assert [event["id"] for event in events] == [row["id"] for row in undisturbed.events]


def test_requests_that_are_unfinished_are_told(place: Place, commands: Commands) -> None:
    served = started(commands)
    half = half_a_post("/videos/42/analysis")
    with ExitStack() as stack:
        unfinished = [stack.enter_context(connection(served.address, half)) for _ in range(3)]
        # The server has them, since it takes them in their order.
        assert served.get("/healthz").status == 200
        served.running.signal(signal.SIGTERM)
        for opened in unfinished:
            head, _, body = heard(opened).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503")
            assert json.loads(body)["error"]["reason"] == "not_ready"
    outcome = served.running.outcome(seconds=A_FEW_SECONDS)
    assert outcome.code == 0
    said = outcome.errors.splitlines()
    assert len(said) == 3, said
    assert "Cancel 3 running task(s)" in said[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_without_jobs_ends_well(
    place: Place, commands: Commands, number: signal.Signals
) -> None:
    served = started(commands)
    parts = urlsplit(served.address)
    idle = http.client.HTTPConnection(str(parts.hostname), parts.port)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read() == b'{"status":"ok"}'
    served.running.signal(number)
    outcome = served.running.outcome(seconds=A_FEW_SECONDS)
    idle.close()
    assert outcome.code == 0, outcome.errors
    assert "Traceback" not in outcome.errors
