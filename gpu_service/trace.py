"""One hook for what happens: each stage reports started, complete or failed.

A :class:`Trace` fans stage events out to its listeners (log, progress display, totals). Adapters
get a trace handed in and know nothing of who listens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """Where a stage stands."""

    STARTED = "started"
    PROGRESS = "progress"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageEvent:
    """One report.

    :param stage: ``source``, ``decode``, ``detect``, ``seek``, ``encode``, ``upload``, ``rows``…
    :param seconds: how long the stage worked; 0 for started and progress.
    :param fields: what is worth knowing: counts, sizes, names.
    """

    stage: str
    phase: Phase
    seconds: float = 0.0
    fields: dict[str, object] = field(default_factory=dict)


Listener = Callable[[StageEvent], None]


class Trace:
    """Reports to every listener, and adds up what each stage did."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners
        self._totals: dict[str, dict[str, float]] = {}

    def emit(self, event: StageEvent) -> None:
        """Count the event and pass it on."""
        if event.phase in (Phase.COMPLETE, Phase.FAILED):
            total = self._totals.setdefault(event.stage, {"seconds": 0.0, "count": 0})
            total["seconds"] += event.seconds
            total["count"] += 1
        for listener in self._listeners:
            listener(event)

    def progress(self, stage: str, **fields: object) -> None:
        """Say how far a stage has come."""
        self.emit(StageEvent(stage, Phase.PROGRESS, fields=fields))

    @contextmanager
    def span(self, stage: str, **fields: object) -> Iterator[dict[str, object]]:
        """Time a piece of work; the yielded dict takes what is known only at its end."""
        found: dict[str, object] = dict(fields)
        self.emit(StageEvent(stage, Phase.STARTED, fields=found))
        start = time.perf_counter()
        try:
            yield found
        except BaseException:
            self.emit(StageEvent(stage, Phase.FAILED, time.perf_counter() - start, found))
            raise
        self.emit(StageEvent(stage, Phase.COMPLETE, time.perf_counter() - start, found))

    @property
    def totals(self) -> dict[str, dict[str, float]]:
        """Seconds worked and pieces done, a stage."""
        return {stage: dict(total) for stage, total in self._totals.items()}
