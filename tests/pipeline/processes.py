"""Commands as processes of their own, to be signalled and killed.

They are forked from a server that has imported everything: starting ``python -m gpu_service`` for
each would spend most of the suite's time on imports.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.pipeline.conftest import Outcome, Place, json_lines

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "__main__",
        "aioboto3",
        "sqlalchemy",
        "gpu_service.console.analyze",
        "gpu_service.detect.detector",
        "gpu_service.encode.cpu",
        "gpu_service.pipeline.batch",
        "tests.pipeline.processes",
    ]
)


def _command(words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    from gpu_service.cli import main

    main(words)


@dataclass
class Running:
    """A command at work."""

    process: BaseProcess
    out: Path
    err: Path

    def signal(self, number: signal.Signals) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL: no last words."""
        self.process.kill()
        self.process.join()

    def outcome(self, *, seconds: float = 60) -> Outcome:
        """What it did, once it has ended."""
        self.process.join(seconds)
        code = self.process.exitcode
        assert code is not None, f"still runs after {seconds} s: {self.err.read_text()}"
        return Outcome(code, json_lines(self.out.read_text()), self.err.read_text())


class Commands:
    """Starts commands; kills at the end of the test what still runs."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place = place
        self._folder = folder
        self._started: list[Running] = []

    def start(self, *words: str, **changes: str) -> Running:
        """Start one; ``changes`` are of its environment."""
        name = self._folder / f"command{len(self._started)}"
        out, err = name.with_suffix(".out"), name.with_suffix(".err")
        environment = self._place.environment | changes
        process = _CONTEXT.Process(target=_command, args=(words, environment, out, err))
        process.start()
        self._started.append(Running(process, out, err))
        return self._started[-1]

    def analyze(self, *words: str, **changes: str) -> Running:
        return self.start("analyze", "--json", *words, **changes)

    def close(self) -> None:
        for running in self._started:
            running.kill()
            running.process.close()
