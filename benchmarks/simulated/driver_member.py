"""One of several processes of such a run: ``python -m benchmarks.simulated.driver_member FILE SOCKET``.

The product's own, :mod:`gpu_service.processes.child`, with the stand-ins of the plan in the file.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import anyio

from benchmarks.simulated.driven import DrivenSimulation
from benchmarks.simulated.launches import kernels_as_launches
from benchmarks.simulated.plan import Plan
from gpu_service.processes.child import Starting, work

MEMBER = ("-m", "benchmarks.simulated.driver_member")


def cpu_seconds(file: Path) -> float:
    """What all processes of a plan used; its note is taken away."""
    note = _note(file)
    seconds = sum(map(float, note.read_text().split()))
    note.unlink()
    return seconds


def forget_cpu_seconds(file: Path) -> None:
    """Of a run before, which failed."""
    _note(file).unlink(missing_ok=True)


def _note(file: Path) -> Path:
    return file.with_suffix(".cpu")


def main() -> None:
    """Work for the process that started this one; note what CPU time that took, imports left out."""
    file, *descriptors = sys.argv[1:]
    simulation = DrivenSimulation(Plan.from_json(Path(file).read_text()))
    begin = time.process_time()
    with kernels_as_launches():
        anyio.run(work, Starting.of_command(descriptors), simulation.backend)
    note = os.open(_note(Path(file)), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(note, f"{time.process_time() - begin}\n".encode())


if __name__ == "__main__":
    main()
