from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.machine import OtherWork, describe_machine

_BUSY = "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"
_SECONDS = 0.5


def _cores(*, waited: bool) -> float:
    """What another process counts for that keeps a core busy."""
    others = OtherWork()
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
        time.sleep(_SECONDS)
        if not waited:
            found = others.cores
        process.kill()
    return others.cores if waited else found


def test_work_of_children_that_have_ended_is_the_benchmarks_own() -> None:
    # Whatever else the machine is at, it is at it both times; the kernel counts in ticks of 10 ms.
    best = max(_cores(waited=False) - _cores(waited=True) for _ in range(3))
    assert best > 0.1


def test_the_machine_is_described() -> None:
    said = describe_machine("18.1")
    assert said["postgres"] == "18.1"
    assert said["cores"]
    assert said["memory_bytes"]
    assert said["commit"] != "unknown"
