"""The health of a container: its ``serve`` answers, or it has none. Needs no server's libraries."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_ANSWER_SECONDS = 5.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that a server listens on, and where it is asked then."""


@dataclass(frozen=True, slots=True)
class Server:
    """A ``serve`` at work, as its command line says; port 0 says nothing of where it listens."""

    host: str = "127.0.0.1"
    port: int = 8000

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def servers_of(process: int, proc: Path) -> list[Server]:
    """The servers of a process and its children, by their command lines.

    :param process: 1 is a container's main process, or the init in front of it.
    :param proc: where procfs is.
    """
    parents = {int(folder.name): _parent(folder) for folder in proc.glob("[0-9]*")}
    family = {process}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    found = (server_in(_words(proc / str(pid))) for pid in sorted(family))
    return list(dict.fromkeys(server for server in found if server is not None))


def server_in(words: Sequence[str]) -> Server | None:
    """The server that a command line is; None for any other command."""
    for before, (program, command) in enumerate(pairwise(words)):
        if command == "serve" and Path(program).name in ("gpu-service", "gpu_service"):
            options, usual = _options(words[before + 2 :]), Server()
            host = options.get("--host", usual.host)
            port = options.get("--port", str(usual.port))
            return Server(_EVERYWHERE.get(host, host), int(port)) if port.isdecimal() else None
    return None


def ask(server: Server) -> str | None:
    """What is wrong with a server; None where it answers, or nobody knows where it listens."""
    if server.port == 0:
        return None
    connection = http.client.HTTPConnection(server.host, server.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return None if answer.status == 200 else f"HTTP {answer.status}"
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error}"
    finally:
        connection.close()


def _options(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word, following in zip(words, [*words, ""][1:], strict=True):
        name, equals, value = word.partition("=")
        found[name] = value if equals else following
    return found


def _parent(folder: Path) -> int | None:
    """The parent's number, behind a name that may hold anything."""
    try:
        return int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        # It has ended meanwhile.
        return None


def _words(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []
