"""A server at work."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.http.client import Answer, post_json, request
from tests.pipeline.holds import LONGEST_WAIT_SECONDS
from tests.pipeline.processes import Commands, Running

SMALL_READS = {"GPU_SERVICE_PART_BYTES": "65536", "GPU_SERVICE_PARTS_IN_FLIGHT": "1"}
"""So that a clip takes several requests, and one can be held."""


@dataclass(frozen=True, slots=True)
class Served:
    """A process of ``serve``, and where it listens."""

    running: Running
    address: str

    def get(self, path: str) -> Answer:
        return request("GET", self.address + path)

    def ask(self, video_id: int, bucket: str, key: str, **more: object) -> Answer:
        """Ask for an analysis."""
        wanted = {"bucket": bucket, "key": key, **more}
        return post_json(f"{self.address}/videos/{video_id}/analysis", wanted)

    def await_ready(self) -> None:
        self._until("it is ready", lambda: self.get("/readyz").status == 200)

    def finished(self, job_id: str) -> dict[str, Any]:
        """The job, once it is over."""
        self._until(f"job {job_id} is over", lambda: self.job(job_id)["finished_at"] is not None)
        return self.job(job_id)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.get(f"/jobs/{job_id}")
        assert answer.status == 200
        return dict(answer.json)

    def _until(self, what: str, found: Callable[[], bool]) -> None:
        until(self.running, what, found)


def start(commands: Commands, *words: str, **changes: str) -> Served:
    """Start a server on a free port; it may still be loading the model."""
    running = commands.start("serve", "--port", "0", *words, **changes)

    def said() -> re.Match[str] | None:
        return re.search(r"^serving on (\S+)$", running.err.read_text(), re.MULTILINE)

    until(running, "it listens", lambda: running.err.exists() and said() is not None)
    found = said()
    assert found is not None
    return Served(running, found[1])


def started(commands: Commands, *words: str, **changes: str) -> Served:
    """Start a server on a free port, and wait until it takes jobs."""
    served = start(commands, *words, **changes)
    served.await_ready()
    return served


def until(running: Running, what: str, found: Callable[[], bool]) -> None:
    """Wait for a state of a running server."""
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    while not found():
        said = running.err.read_text() if running.err.exists() else ""
        assert running.process.is_alive(), f"it ended before {what}: {said}"
        assert time.monotonic() < end, f"not so that {what}: {said}"
        time.sleep(0.02)
