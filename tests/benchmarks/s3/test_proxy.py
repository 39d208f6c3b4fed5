"""The proxy in this process, on a clock that moves only by its own sleeps."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.s3.proxy import CONTROL_PATH, Proxy, listening
from tests.benchmarks.s3.clock import SteppedClock

_STORED = bytes(range(256)) * 400
_KEY = "/bucket/videos/a%20b.mp4"
_NAME = "GET /bucket/videos/a b.mp4"


class _Endpoint(BaseHTTPRequestHandler):
    """Answers every GET with the same object and keeps what is put."""

    put: list[bytes]

    def do_GET(self) -> None:
        self._answer(_STORED)

    def do_PUT(self) -> None:
        self.put.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Client:
    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        found = answer.status, answer.read(), dict(answer.headers)
        connection.close()
        return found

    def control(self, wanted: dict[str, Any] | None = None) -> Any:
        body = None if wanted is None else json.dumps(wanted).encode()
        return json.loads(self.ask("GET" if wanted is None else "POST", CONTROL_PATH, body)[1])


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def put() -> list[bytes]:
    return []


@pytest.fixture
def client(clock: SteppedClock, put: list[bytes]) -> Iterator[_Client]:
    handler = type("Handler", (_Endpoint,), {"put": put})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever, args=(0.01,))
        thread.start()
        upstream = f"http://127.0.0.1:{endpoint.server_address[1]}"
        with listening(Proxy(upstream, clock)) as url:
            yield _Client(url)
        endpoint.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "object"
    path.write_bytes(_STORED)
    return path


def test_every_request_waits_for_the_latency(client: _Client, clock: SteppedClock) -> None:
    client.control({"latency_seconds": 0.25})
    for _ in range(3):
        assert client.ask("GET", _KEY)[1] == _STORED
    assert clock.sleeps == [0.25] * 3


def test_control_waits_for_nothing_and_is_not_counted(client: _Client, clock: SteppedClock) -> None:
    client.control({"latency_seconds": 9.0, "bytes_per_second": 1.0})
    assert client.control() == {"requests": {}, "body_bytes": {}}
    assert clock.seconds == 0


@pytest.mark.parametrize("local", [False, True], ids=["passed on", "from a file"])
def test_bodies_share_the_bandwidth(
    client: _Client, clock: SteppedClock, file: Path, local: bool
) -> None:
    files = {"/bucket/videos/a b.mp4": (str(file), "etag")} if local else {}
    client.control({"bytes_per_second": len(_STORED) / 2, "files": files})
    for _ in range(2):
        assert client.ask("GET", _KEY)[1] == _STORED
    assert clock.seconds == pytest.approx(4.0)


def test_each_way_has_the_bandwidth_to_itself(
    client: _Client, clock: SteppedClock, put: list[bytes]
) -> None:
    client.control({"bytes_per_second": len(_STORED)})
    client.ask("PUT", "/bucket/t.jpg", _STORED)
    assert put == [_STORED]
    assert clock.seconds == pytest.approx(1.0)


@pytest.mark.parametrize("local", [False, True], ids=["passed on", "from a file"])
def test_bytes_and_requests_are_counted_by_object(client: _Client, file: Path, local: bool) -> None:
    files = {"/bucket/videos/a b.mp4": (str(file), "etag")} if local else {}
    client.control({"files": files})
    client.ask("GET", _KEY)
    client.ask("GET", _KEY)
    client.ask("PUT", "/bucket/t.jpg", b"x" * 70)
    assert client.control() == {
        "requests": {_NAME: 2, "PUT /bucket/t.jpg": 1},
        "body_bytes": {_NAME: 2 * len(_STORED), "PUT /bucket/t.jpg": 70},
    }
    assert client.control({"reset": True}) == {"requests": {}, "body_bytes": {}}


def test_ranges_of_a_file(client: _Client, file: Path) -> None:
    client.control({"files": {"/b/k": (str(file), "etag")}})
    size = len(_STORED)
    status, body, headers = client.ask("GET", "/b/k", Range="bytes=100-299")
    assert (status, body) == (206, _STORED[100:300])
    assert headers["Content-Range"] == f"bytes 100-299/{size}"
    assert client.ask("GET", "/b/k", Range="bytes=-7")[1] == _STORED[-7:]
    assert client.ask("GET", "/b/k", Range=f"bytes={size - 5}-{size + 99}")[1] == _STORED[-5:]
    assert client.ask("GET", "/b/k", Range=f"bytes={size}-")[0] == 416
    status, body, headers = client.ask("HEAD", "/b/k")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(size))
    assert client.control()["body_bytes"] == {"GET /b/k": 212}


def test_a_file_of_another_etag_is_refused(client: _Client, file: Path) -> None:
    client.control({"files": {"/b/k": (str(file), "etag")}})
    assert client.ask("GET", "/b/k", If_Match='"etag"')[0] == 200
    assert client.ask("GET", "/b/k", If_Match='"other"')[0] == 412


def test_one_connection_serves_many_requests(client: _Client) -> None:
    connection = http.client.HTTPConnection(client._address, timeout=30)
    for number in range(3):
        connection.request("PUT", f"/bucket/{number}", b"abc")
        assert connection.getresponse().read() == b""
    connection.close()
    assert sum(client.control()["requests"].values()) == 3
