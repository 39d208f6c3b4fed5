"""One hook for what happens: each stage reports what it does, and what it waits for.

A stage is *busy* inside :meth:`Trace.span`, *starved* while it waits for input and *blocked* while
it waits for room in its output, both inside :meth:`Trace.waiting`; a worker whose thread another one
has taken is busy as well. A :class:`Trace` fans the
reports out to its listeners (log, progress display, timeline) and adds them up; a child, one a
video, reports to its parent as well. Adapters get a trace handed in and know nothing of who
listens.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """What a report is about."""

    STARTED = "started"
    PROGRESS = "progress"
    COMPLETE = "complete"
    FAILED = "failed"
    STARVED = "starved"
    """A wait for input is over."""
    BLOCKED = "blocked"
    """A wait for room in the output is over."""
    LENT = "lent"
    """What this worker of the stage would use was at another one's work, and no longer is."""


@dataclass(frozen=True, slots=True)
class StageEvent:
    """One report, by whatever thread.

    :param stage: ``source``, ``decode``, ``detect``, ``seek``, ``encode``, ``upload``, ``rows``…
    :param seconds: how long the work or wait took; 0 for started and progress.
    :param at_seconds: when this was reported, on :func:`time.perf_counter`'s clock.
    :param lane: whose work it is: the video's name; empty for what all videos share.
    :param fields: what is worth knowing: counts, sizes, names.
    """

    stage: str
    phase: Phase
    seconds: float = 0.0
    fields: dict[str, object] = field(default_factory=dict)
    at_seconds: float = field(default_factory=time.perf_counter)
    lane: str = ""


Listener = Callable[[StageEvent], None]

_ORDER = (
    "open",
    "source",
    "demux",
    "decode",
    "detect",
    "seek",
    "encode",
    "upload",
    "rows",
    "sheet",
)


def stage_rank(stage: str) -> int:
    """Where a stage stands in the life of a video, for display; unknown ones come last."""
    return _ORDER.index(stage) if stage in _ORDER else len(_ORDER)


_TIMED = {
    Phase.COMPLETE: "seconds",
    Phase.FAILED: "seconds",
    Phase.STARVED: "starved_seconds",
    Phase.BLOCKED: "blocked_seconds",
    Phase.LENT: "seconds",
}
_NOTHING = {"seconds": 0.0, "starved_seconds": 0.0, "blocked_seconds": 0.0, "count": 0}


class Trace:
    """Reports to every listener and to the parent, and adds up what each stage did.

    :param lane: the video, where there is one; see :class:`StageEvent`.
    """

    def __init__(self, *listeners: Listener, lane: str = "", parent: Trace | None = None) -> None:
        self._listeners = listeners
        self._lane = lane
        self._parent = parent
        self._totals: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def child(self, lane: str, *listeners: Listener) -> Trace:
        """A trace of one video, whose reports count here too."""
        return Trace(*listeners, lane=lane, parent=self)

    def emit(self, event: StageEvent) -> None:
        """Count the event and pass it on."""
        key = _TIMED.get(event.phase)
        if key is not None:
            count = event.phase in (Phase.COMPLETE, Phase.FAILED)
            self.add(event.stage, {key: event.seconds, "count": count})
        for listener in self._listeners:
            listener(event)
        if self._parent is not None:
            self._parent.emit(event)

    def add(self, stage: str, more: Mapping[str, float]) -> None:
        """Add to a stage's totals alone."""
        with self._lock:
            total = self._totals.setdefault(stage, dict(_NOTHING))
            for name, value in more.items():
                total[name] += value

    def progress(self, stage: str, **fields: object) -> None:
        """Say how far a stage has come."""
        self.emit(StageEvent(stage, Phase.PROGRESS, fields=fields, lane=self._lane))

    @contextmanager
    def span(
        self, stage: str, starved_seconds: Callable[[], float] = lambda: 0.0, **fields: object
    ) -> Iterator[dict[str, object]]:
        """Time a piece of work; the yielded dict takes what is known only at its end.

        :param starved_seconds: asked at the end: how much of it was a wait for input.
        """
        found: dict[str, object] = dict(fields)
        self.emit(StageEvent(stage, Phase.STARTED, fields=found, lane=self._lane))
        start = time.perf_counter()
        phase = Phase.FAILED
        try:
            yield found
            phase = Phase.COMPLETE
        finally:
            self._ended(stage, phase, time.perf_counter() - start, starved_seconds(), found)

    def worked(self, stage: str, seconds: float, starved_seconds: float, **fields: object) -> None:
        """Report work that has just ended, in which so much of the time was a wait for input."""
        self._ended(stage, Phase.COMPLETE, seconds, starved_seconds, fields)

    def _ended(
        self,
        stage: str,
        phase: Phase,
        seconds: float,
        starved_seconds: float,
        fields: dict[str, object],
    ) -> None:
        now = time.perf_counter()
        busy = max(0.0, seconds - starved_seconds)
        if starved_seconds > 0:
            # Where in the work it waited is not known: it is told as if at the beginning.
            starved = StageEvent(
                stage, Phase.STARVED, starved_seconds, at_seconds=now - busy, lane=self._lane
            )
            self.emit(starved)
        self.emit(StageEvent(stage, phase, busy, fields, now, self._lane))

    @contextmanager
    def waiting(self, stage: str, cause: Phase) -> Iterator[None]:
        """Time a wait.

        :param cause: ``STARVED``, ``BLOCKED`` or ``LENT``.
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.waited(stage, cause, time.perf_counter() - start)

    def waited(self, stage: str, cause: Phase, seconds: float) -> None:
        """Report a wait that has just ended."""
        self.emit(StageEvent(stage, cause, seconds, lane=self._lane))

    @property
    def totals(self) -> dict[str, dict[str, float]]:
        """Seconds busy, starved and blocked, and pieces done, a stage."""
        with self._lock:
            return {stage: dict(total) for stage, total in self._totals.items()}
