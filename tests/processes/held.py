"""A command whose processes each wait for a read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, late
from tests.pipeline.processes import Commands, Running
from tests.processes.alive import processes_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request


@dataclass
class Held:
    """Two processes at one video each, and a third video that has not begun."""

    sources: list[str]
    running: Running
    processes: set[int]
    gates: list[Gate]

    def let_go(self) -> None:
        for gate in self.gates:
            gate.open()


def held(
    place: Place, proxy: FaultyS3, commands: Commands, video: Path, *words: str, **changes: str
) -> Held:
    """A run in two processes that has come as far as it can."""
    keys = [f"videos/session_7/video_{number}.mp4" for number in (1, 2, 3)]
    sources = [place.upload(key, video) for key in keys]
    gates = {f"/{place.raw}/{key}": Gate() for key in keys[:2]}

    def script(request: Request) -> Fault | None:
        gate = gates.get(request.path)
        return late(gate) if gate is not None and request.method == "GET" else None

    proxy.script = script
    running = commands.analyze(
        *sources,
        *("--processes", "2", "--concurrency", "2", *words),
        AWS_ENDPOINT_URL=proxy.url,
        GPU_SERVICE_LOG_LEVEL="WARNING",
        **changes,
    )
    for gate in gates.values():
        gate.await_arrival()
    assert running.process.pid is not None
    processes = processes_of(running.process.pid)
    assert len(processes) == 2
    return Held(sources, running, processes, list(gates.values()))
