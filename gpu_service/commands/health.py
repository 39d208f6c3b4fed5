"""``health``: whether the ``serve`` of this container answers."""

from __future__ import annotations

import sys
from pathlib import Path

from gpu_service.http.health_check import ask, servers_of

SICK = 1
"""Docker knows 0 and 1 alone."""


def run_health(process: int) -> int:
    """Ask every server of a process and its children; returns the exit code.

    No server is no illness: a container may be there for a batch.
    """
    found = servers_of(process, Path("/proc"))
    if not found:
        sys.stdout.write("no server to ask\n")
    complaints = {server: ask(server) for server in found}
    for server, complaint in complaints.items():
        sys.stdout.write(f"{server}: {complaint or 'answers'}\n")
    return SICK if any(complaints.values()) else 0
