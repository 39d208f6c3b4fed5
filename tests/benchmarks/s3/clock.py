"""A clock that a test moves."""

from __future__ import annotations

from benchmarks.s3.pace import Clock


class SteppedClock(Clock):
    """Time passes only by sleeping, which takes none."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
