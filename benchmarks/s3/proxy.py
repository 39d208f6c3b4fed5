"""The proxy's process: each request waits for the latency, all bodies share the bandwidth.

``python -m benchmarks.s3.proxy UPSTREAM_URL`` prints its own URL and ends with its parent, when the
parent's end of the pipe closes. What it shall do, and what it has counted, go over the path
``/-proxy-/``; see :mod:`benchmarks.s3.site`.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.s3.files import FileObject
from benchmarks.s3.pace import Clock, Pace
from benchmarks.s3.wire import Connection, Head

CONTROL_PATH = "/-proxy-/"


class Proxy:
    """What all connections share.

    :param upstream: the endpoint's URL.
    """

    def __init__(self, upstream: str, clock: Clock | None = None) -> None:
        parts = urlsplit(upstream)
        self._upstream = (str(parts.hostname), int(parts.port or 80))
        self._latency_seconds = 0.0
        self._clock = clock or Clock()
        self._down, self._up = Pace(None, self._clock), Pace(None, self._clock)
        self._files: dict[str, FileObject] = {}
        self._requests: Counter[str] = Counter()
        self._body_bytes: Counter[str] = Counter()
        self._lock = threading.Lock()

    def serve(self, sock: socket.socket) -> None:
        """Answer one client's requests until it closes."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Connection(sock)
        with sock:
            try:
                while (request := client.read_head()) is not None:
                    if not self._answer(client, request):
                        return
            except ConnectionError:
                return

    def _answer(self, client: Connection, request: Head) -> bool:
        """Answer one request; whether the connection can go on."""
        method, target, _ = request.first.split(" ", 2)
        path = unquote(urlsplit(target).path)
        if path == CONTROL_PATH:
            self._control(client, method, request)
            return True
        name = f"{method} {path}"
        with self._lock:
            self._requests[name] += 1

        def passed(size_bytes: int) -> None:
            with self._lock:
                self._body_bytes[name] += size_bytes

        self._clock.sleep(self._latency_seconds)
        local = self._files.get(path)
        if local is not None and method in ("GET", "HEAD"):
            local.answer(client.sock, request, self._down, passed)
            return True
        with socket.create_connection(self._upstream) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._forward(client, request, sock, passed)
            return self._backward(client, method, Connection(sock), passed)

    def _forward(self, client: Connection, request: Head, sock: socket.socket, passed: Any) -> None:
        if request.get("expect"):
            client.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.get("transfer-encoding"):
            raise ConnectionError("chunked requests are not passed on")
        # One connection a request: the answer ends where the endpoint closes.
        sock.sendall(request.without("expect", "connection").to_bytes("Connection: close"))
        pace = self._up
        for piece in client.read_body(int(request.get("content-length") or 0), pace.piece_bytes):
            pace.take(len(piece))
            sock.sendall(piece)
            passed(len(piece))

    def _backward(self, client: Connection, method: str, endpoint: Connection, passed: Any) -> bool:
        answer = endpoint.read_head()
        if answer is None:
            raise ConnectionError("the endpoint did not answer")
        said = answer.get("content-length")
        bare = method == "HEAD" or answer.first.split(" ")[1] in ("204", "304")
        length = 0 if bare else None if said is None else int(said)
        client.sock.sendall(answer.without("connection").to_bytes())
        pace = self._down
        for piece in endpoint.read_body(length, pace.piece_bytes):
            pace.take(len(piece))
            client.sock.sendall(piece)
            if method == "GET":
                passed(len(piece))
        return length is not None or answer.get("transfer-encoding") is not None

    def _control(self, client: Connection, method: str, request: Head) -> None:
        length = int(request.get("content-length") or 0)
        body = b"".join(client.read_body(length, 64 * 1024))
        if method == "POST":
            self._set(json.loads(body))
        with self._lock:
            said = {"requests": dict(self._requests), "body_bytes": dict(self._body_bytes)}
        answer = json.dumps(said).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
        client.sock.sendall(head.encode() + answer)

    def _set(self, wanted: dict[str, Any]) -> None:
        if "latency_seconds" in wanted:
            self._latency_seconds = wanted["latency_seconds"]
        if "bytes_per_second" in wanted:
            rate = wanted["bytes_per_second"]
            self._down, self._up = Pace(rate, self._clock), Pace(rate, self._clock)
        for path, (file, etag) in wanted.get("files", {}).items():
            self._files[path] = FileObject(Path(file), etag)
        if wanted.get("reset"):
            with self._lock:
                self._requests.clear()
                self._body_bytes.clear()


@contextmanager
def listening(proxy: Proxy) -> Iterator[str]:
    """Serve every client, each in a thread, for the block; gives the URL."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                threading.Thread(target=proxy.serve, args=(sock,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        # It wakes the thread that accepts, which closing would not.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def main() -> None:
    """Serve until standard input closes."""
    with listening(Proxy(sys.argv[1])) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
