"""How much of its time the accelerator worked."""

from __future__ import annotations

import math
import threading
from typing import Any

from gpu_service.trace import Phase, StageEvent

_BUSY = (Phase.COMPLETE, Phase.FAILED, Phase.LENT)


class Occupancy:
    """A trace listener that follows one stage, which does :attr:`places` things at a time.

    It can be pickled: :func:`time.perf_counter` is one clock for all processes of a machine, so that
    what several found can be added up.

    Loading the model and waiting for the first window are start-up, and uploads may outlast the
    last window: what counts is the time between the start of the first piece of work and the end of
    the last.
    """

    def __init__(self, stage: str, places: int = 1) -> None:
        self._stage = stage
        self.places = places
        """How many workers the stage has; each is busy or not."""
        self._lock = threading.Lock()
        self._first = math.inf
        self._last = -math.inf
        self._busy = 0.0
        self._pieces = 0
        self._counts: dict[str, int] = {}

    def __call__(self, event: StageEvent) -> None:
        if event.stage != self._stage or event.phase not in _BUSY:
            return
        with self._lock:
            self._first = min(self._first, event.at_seconds - event.seconds)
            self._last = max(self._last, event.at_seconds)
            self._busy += event.seconds
            self._pieces += event.phase is not Phase.LENT
            for name, value in event.fields.items():
                if isinstance(value, int):
                    self._counts[name] = self._counts.get(name, 0) + value

    def add(self, other: Occupancy) -> None:
        """Count another process's stage as well, whose workers are further ones."""
        with self._lock:
            self.places += other.places
            self._first = min(self._first, other._first)
            self._last = max(self._last, other._last)
            self._busy += other._busy
            self._pieces += other._pieces
            for name, value in other._counts.items():
                self._counts[name] = self._counts.get(name, 0) + value

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            counts = dict(self._counts)
            return {**self.__dict__, "_counts": counts, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    @property
    def pieces(self) -> int:
        """How often it worked."""
        return self._pieces

    @property
    def busy_seconds(self) -> float:
        """How long it worked, of all workers together."""
        return self._busy

    @property
    def span_seconds(self) -> float:
        """From the start of its first work to the end of its last; 0 if it never worked."""
        return max(0.0, self._last - self._first)

    @property
    def share(self) -> float | None:
        """Busy share of the workers' span, 0 to 1; None if it never worked."""
        if self._pieces == 0:
            return None
        most = self.span_seconds * self.places
        return min(1.0, self._busy / most) if most > 0 else 1.0

    def count(self, name: str) -> int:
        """Sum of a whole-numbered field of its reports, such as ``windows``."""
        return self._counts.get(name, 0)
