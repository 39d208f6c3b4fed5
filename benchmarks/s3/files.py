"""Objects that the proxy answers for itself, from files.

moto copies the whole object for every range (0.23 s for 8 MiB of a 300 MB object), so that with a
long video it would be moto that is measured.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from benchmarks.s3.pace import Pace
from benchmarks.s3.wire import Head


@dataclass(frozen=True, slots=True)
class FileObject:
    """An object whose bytes lie in a file.

    :param etag: without quotes.
    """

    path: Path
    etag: str

    def answer(
        self, sock: socket.socket, request: Head, pace: Pace, sent: Callable[[int], None]
    ) -> None:
        """Answer a GET or HEAD, with Range and If-Match.

        :param sent: is told of each piece of the body that has gone out.
        """
        size = self.path.stat().st_size
        expected = request.get("if-match")
        if expected is not None and expected.strip('"') != self.etag:
            sock.sendall(b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n")
            return
        start, end = _asked(request.get("range"), size)
        if start >= end:
            sock.sendall(b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")
            return
        ranged = request.get("range") is not None
        lines = [
            "HTTP/1.1 206 Partial Content" if ranged else "HTTP/1.1 200 OK",
            f'ETag: "{self.etag}"',
            "Accept-Ranges: bytes",
            "Content-Type: binary/octet-stream",
            f"Last-Modified: {formatdate(self.path.stat().st_mtime, usegmt=True)}",
            f"Content-Length: {end - start}",
        ]
        if ranged:
            lines.append(f"Content-Range: bytes {start}-{end - 1}/{size}")
        sock.sendall("\r\n".join((*lines, "", "")).encode())
        if request.first.startswith("HEAD"):
            return
        with self.path.open("rb") as file:
            while start < end:
                piece = min(pace.piece_bytes, end - start)
                pace.take(piece)
                gone = os.sendfile(sock.fileno(), file.fileno(), start, piece)
                if gone == 0:
                    raise ConnectionError(f"{self.path} became shorter")
                start += gone
                sent(gone)


def _asked(header: str | None, size: int) -> tuple[int, int]:
    """The bytes of a Range header, end exclusive."""
    if header is None:
        return 0, size
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)
