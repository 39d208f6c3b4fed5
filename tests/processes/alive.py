"""The processes of a run as the machine knows them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from tests.pipeline.holds import LONGEST_WAIT_SECONDS


def processes_of(pid: int) -> set[int]:
    """The processes of the run that this one has started, and that have not ended."""
    children = {
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _state_and_parent(int(folder.name))[1] == pid
    }
    return {child for child in children if b"processes." in _command_line(child)}


def await_gone(pids: Iterable[int]) -> None:
    """Wait until these have ended, whether or not anybody has asked how."""
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    for pid in pids:
        while _state_and_parent(pid)[0] not in ("", "Z"):
            assert time.monotonic() < end, f"process {pid} still runs"
            time.sleep(0.01)


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    state, parent = stat.rpartition(")")[2].split()[:2]
    return state, int(parent)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
