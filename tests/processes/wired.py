"""The command, with processes that start faster than real ones."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

from gpu_service.processes.run import analyze_in_processes
from tests.pipeline import processes
from tests.processes.stand_in import STAND_IN

_run = processes._command


def command(words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> None:
    """What :class:`~tests.pipeline.processes.Commands` starts, with :mod:`tests.processes.stand_in`."""
    with_stand_ins = functools.partial(analyze_in_processes, program=STAND_IN)
    with patch("gpu_service.commands.analyze.analyze_in_processes", with_stand_ins):
        _run(words, environment, out, err)
