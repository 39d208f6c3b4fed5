"""Connections on which a test says as much of a request as it likes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.http.client import ANSWER_SECONDS


@contextmanager
def connection(address: str, said: bytes = b"") -> Iterator[socket.socket]:
    """A connection on which so much has been sent."""
    parts = urlsplit(address)
    peer = (str(parts.hostname), parts.port or 80)
    with socket.create_connection(peer, timeout=ANSWER_SECONDS) as opened:
        opened.sendall(said)
        yield opened


def heard(opened: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    everything = b""
    try:
        while more := opened.recv(65_536):
            everything += more
    except ConnectionResetError:
        pass
    return everything


def half_a_post(path: str) -> bytes:
    """A request that lacks the most of its body."""
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return head.encode() + b'Content-Length: 100\r\n\r\n{"bucket"'
