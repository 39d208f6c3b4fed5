"""Connections that bring no request, or bring too many of themselves."""

from __future__ import annotations

import socket
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from gpu_service.http.connections import CONNECTIONS, REQUEST_SECONDS
from tests.http.served import Served, started, until
from tests.http.sockets import connection, half_a_post, heard
from tests.pipeline.conftest import Place
from tests.pipeline.holds import LONGEST_WAIT_SECONDS
from tests.pipeline.processes import Commands

SLACK_SECONDS = 5.0
_REFUSED = 16
GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
POST = half_a_post("/videos/42/analysis")
UNFINISHED = {
    "nothing": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost:",
    "half a body": POST,
    "half a body behind a request": GET + POST,
    "half a head behind a request": GET + b"GET /he",
}


def test_who_does_not_finish_a_request_is_cut_off(at_work: Served) -> None:
    with ExitStack() as stack:
        begun = time.monotonic()
        opened = {
            name: stack.enter_context(connection(at_work.address, said))
            for name, said in UNFINISHED.items()
        }
        slow = stack.enter_context(connection(at_work.address, b"GET /healthz HTTP/1.1\r\n"))
        while time.monotonic() < begun + REQUEST_SECONDS / 2:
            slow.sendall(b"X-More: of it\r\n")
            time.sleep(0.5)
            assert at_work.get("/healthz").status == 200
        answers = {name: heard(end) for name, end in (opened | {"slowly": slow}).items()}
        assert time.monotonic() - begun < REQUEST_SECONDS + SLACK_SECONDS
    answered = {name: said.count(b"HTTP/1.1 200") for name, said in answers.items()}
    assert answered == {name: int("behind" in name) for name in answers}
    assert b"HTTP/1.1 4" not in b"".join(answers.values())
    assert "Traceback" not in at_work.running.err.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="the system knows no such bound")
def test_who_takes_no_answer_is_cut_off(at_work: Served) -> None:
    asked = b"GET /jobs/" + b"x" * 8000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    with connection(at_work.address) as opened:
        opened.settimeout(1.0)
        # The answers are as long, and at some point no more of either fits in between.
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send(opened, asked * 4000)
    assert "Traceback" not in at_work.running.err.read_text()


def send(opened: socket.socket, everything: bytes) -> None:
    """Send as much as is taken, for as long as anybody would wait."""
    left, end = memoryview(everything), time.monotonic() + LONGEST_WAIT_SECONDS
    while left and time.monotonic() < end:
        with suppress(TimeoutError):
            left = left[opened.send(left) :]


def test_too_many_connections_are_closed_and_said_once(place: Place, commands: Commands) -> None:
    served = started(commands)
    with ExitStack() as stack:
        held = [stack.enter_context(connection(served.address)) for _ in range(CONNECTIONS)]
        for _ in range(_REFUSED):
            with connection(served.address) as refused:
                assert heard(refused) == b""
        said = served.running.err.read_text()
        assert said.count(f"{CONNECTIONS} connections are open; further ones are closed") == 1
        assert "Traceback" not in said
        # Who was there before is served as ever.
        held[0].sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert heard(held[0]).startswith(b"HTTP/1.1 200")
        until(served.running, "there is room", lambda: served.get("/healthz").status == 200)
