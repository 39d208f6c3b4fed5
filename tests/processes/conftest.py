"""Places, videos and commands of the pipeline's tests, and processes that start faster than real ones."""

from __future__ import annotations

import functools

import pytest

from gpu_service.processes.run import analyze_in_processes
from tests.pipeline import processes
from tests.pipeline.conftest import clip, commands, place, proxy, sql, three_shots, two_shots
from tests.processes import wired
from tests.processes.stand_in import STAND_IN

__all__ = ["clip", "commands", "place", "proxy", "sql", "three_shots", "two_shots"]


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the processes of a command's run are :mod:`tests.processes.stand_in`."""
    with_stand_ins = functools.partial(analyze_in_processes, program=STAND_IN)
    monkeypatch.setattr("gpu_service.commands.analyze.analyze_in_processes", with_stand_ins)
    monkeypatch.setattr(processes, "_command", wired.command)
