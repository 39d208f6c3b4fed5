"""An HTTP proxy in front of an S3 endpoint that does what networks and S3 do on bad days."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request; the default is nothing.

    :param status: answer this with an S3 error body of ``code`` instead of asking the endpoint.
    :param body: with ``status``, answer this instead of an error body.
    :param cut_after: close the connection after so many bytes of the body.
    :param hang_after: say nothing more after so many bytes, until the client gives up.
    :param headers: replace these headers of the response.
    :param before: called before the endpoint is asked.
    :param after: called once the endpoint has answered, before its answer is passed on.
    :param delay_seconds: wait before the endpoint is asked.
    """

    status: int = 0
    code: str = ""
    body: bytes = b""
    cut_after: int | None = None
    hang_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; ``start`` and ``end`` (exclusive) are of its Range."""

    method: str
    path: str
    headers: dict[str, str]
    number: int
    """Counted from 0, of this method."""
    start: int = 0
    end: int = 0


Script = Callable[[Request], Fault | None]


class FaultyS3:
    """The proxy; ``script`` says what goes wrong with each request."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self.upstream = (str(parts.hostname), int(parts.port or 80))
        self.url = ""
        self.requests: list[Request] = []
        self.script: Script = lambda request: None
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._answering = 0

    @property
    def gets(self) -> list[Request]:
        """The GETs so far."""
        return [request for request in self.requests if request.method == "GET"]

    @property
    def answering(self) -> int:
        """Requests whose answer has not been sent in full, their connection still open."""
        with self._lock:
            return self._answering

    def wait_until_answering(self, count: int, *, seconds: float = 60) -> bool:
        """Whether exactly so many requests are being answered before the time is up."""
        end = time.monotonic() + seconds
        while self.answering != count:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def took(self, handler: BaseHTTPRequestHandler) -> Request:
        """Note a request."""
        start, end = 0, 0
        if said := handler.headers.get("Range"):
            first, _, last = said.removeprefix("bytes=").partition("-")
            start, end = int(first), int(last) + 1
        with self._lock:
            number = sum(1 for request in self.requests if request.method == handler.command)
            headers = {name.lower(): value for name, value in handler.headers.items()}
            request = Request(handler.command, handler.path, headers, number, start, end)
            self.requests.append(request)
            self._answering += 1
        return request

    def answered(self) -> None:
        """Note the end of an answer."""
        with self._lock:
            self._answering -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyS3

    def _answer(self) -> None:
        request = self.proxy.took(self)
        try:
            fault = self.proxy.script(request) or Fault()
            sent = self.rfile.read(length := int(self.headers.get("Content-Length", 0)))
            if len(sent) < length:
                raise ConnectionResetError
            self._pass_on(fault, sent)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.proxy.answered()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

    def _pass_on(self, fault: Fault, sent: bytes) -> None:
        time.sleep(fault.delay_seconds)
        if fault.before is not None:
            fault.before()
        if fault.status:
            body = (
                fault.body
                or f"<Error><Code>{fault.code}</Code><Message>on purpose</Message></Error>".encode()
            )
            self._reply(fault.status, {"Content-Type": "application/xml"}, body, fault)
            return
        connection = http.client.HTTPConnection(*self.proxy.upstream)
        try:
            connection.request(self.command, self.path, sent, dict(self.headers.items()))
            response = connection.getresponse()
            headers = {k: v for k, v in response.getheaders() if k.lower() not in _HOP_HEADERS}
            length = response.getheader("Content-Length", "0")
            body = response.read()
            if fault.after is not None:
                fault.after()
            self._reply(response.status, headers, body, fault, length)
        finally:
            connection.close()

    def _reply(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        fault: Fault,
        length: str | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, **fault.headers}.items():
            self.send_header(name, value)
        if "Content-Length" not in fault.headers:
            self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        stop = fault.hang_after if fault.hang_after is not None else fault.cut_after
        self.wfile.write(body if stop is None else body[:stop])
        if stop is not None:
            self.wfile.flush()
            if fault.hang_after is not None:
                self._wait_for_client()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _wait_for_client(self) -> None:
        self.connection.settimeout(0.05)
        while not self.proxy.stopping.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


@contextmanager
def faulty_s3(upstream: str) -> Iterator[FaultyS3]:
    """Run the proxy on a free port, in threads."""
    proxy = FaultyS3(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with _Server(("127.0.0.1", 0), handler) as server:
        host, port = server.server_address[:2]
        proxy.url = f"http://{host!s}:{port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stopping.set()
            server.shutdown()
            thread.join()
