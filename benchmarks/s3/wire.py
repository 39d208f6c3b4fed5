"""As much of HTTP/1.1 as a proxy in front of S3 has to read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_HEAD_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers of a message.

    :param first: ``GET /bucket/key HTTP/1.1`` or ``HTTP/1.1 200 OK``.
    :param lines: the header lines as they came.
    """

    first: str
    lines: tuple[str, ...]

    def get(self, name: str) -> str | None:
        """A header's value, whatever its case."""
        for line in self.lines:
            found, _, value = line.partition(":")
            if found.strip().lower() == name:
                return value.strip()
        return None

    def without(self, *names: str) -> Head:
        """The same with some headers left out."""
        kept = (line for line in self.lines if line.partition(":")[0].strip().lower() not in names)
        return Head(self.first, tuple(kept))

    def to_bytes(self, *more: str) -> bytes:
        """As it goes over the wire, with further header lines."""
        return "\r\n".join((self.first, *self.lines, *more, "", "")).encode("latin-1")


class Connection:
    """A socket with the bytes that came after the head."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._held = b""

    def read_head(self) -> Head | None:
        """The next message's head; None when the other end has closed.

        :raises ConnectionError: the head is cut short or far too long.
        """
        while _END_OF_HEAD not in self._held:
            data = self.sock.recv(16 * 1024)
            if not data and not self._held:
                return None
            if not data or len(self._held) > _MOST_HEAD_BYTES:
                raise ConnectionError("no whole head")
            self._held += data
        head, _, self._held = self._held.partition(_END_OF_HEAD)
        first, *lines = head.decode("latin-1").split("\r\n")
        return Head(first, tuple(lines))

    def read_body(self, length: int | None, piece_bytes: int) -> Iterator[bytes]:
        """The body in pieces; to the end of the connection where ``length`` is None."""
        left = length
        while left is None or left > 0:
            if self._held:
                data, self._held = self._held, b""
                if left is not None:
                    data, self._held = data[:left], data[left:]
            else:
                data = self.sock.recv(piece_bytes if left is None else min(left, piece_bytes))
            if not data:
                return
            if left is not None:
                left -= len(data)
            yield data
