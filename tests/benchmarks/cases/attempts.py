"""What runs came to, without running anything."""

from __future__ import annotations

from benchmarks.process import Finished
from benchmarks.run_summary import RunSummary


def finished(wall: float, *, cpu: float = 1.0, peak: int = 10**9) -> Finished:
    """A program that ended well."""
    return Finished(0, 0.0, wall, cpu, peak, "")


def summary(seconds: float) -> RunSummary:
    """A run of the service."""
    return RunSummary(seconds, {}, 1.0, 1.0, {})
