"""Engines of a device that are shared by all videos, in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

Interval = tuple[float, float]
"""Start and end on the engines' clock, in seconds."""


class Engines:
    """Some engines that each do one piece of work at a time.

    Work is booked as it comes: it begins when its session's work before has ended and an engine is
    free, on the same engine as before if that makes no difference. What was booked before an
    engine came free begins at that very moment, however late a sleeping thread wakes up: the time
    of a busy engine does not drift.

    :param clock: gives seconds; a test has another one.
    """

    def __init__(self, count: int, clock: Callable[[], float] = time.perf_counter) -> None:
        if count < 1:
            raise ValueError(f"{count} engines")
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = [0.0] * count
        self._last: dict[Hashable, tuple[int, float]] = {}
        self.booked: list[Interval] = []
        """Every piece of work, on whichever engine."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._free_at)

    def book(self, session: Hashable, seconds: float) -> Interval:
        """When work that is ready now begins and ends; never waits.

        :param session: whose work goes on one after another, such as a video.
        """
        with self._lock:
            last_engine, ready = self._last.get(session, (-1, 0.0))
            ready = max(ready, self._clock())
            start, _, engine = min(
                (max(ready, free_at), engine != last_engine, engine)
                for engine, free_at in enumerate(self._free_at)
            )
            end = start + seconds
            self._free_at[engine] = end
            self._last[session] = (engine, end)
            self.booked.append((start, end))
            return start, end


def sleep_until(end: float, stopped: threading.Event) -> None:
    """Wait for a moment of :func:`time.perf_counter`, or until ``stopped`` is set."""
    left = end - time.perf_counter()
    if left > 0:
        stopped.wait(left)
