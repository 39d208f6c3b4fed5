"""Progress of long work: a bar on a terminal, a log line every few seconds elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gpu_service.trace import Listener, Phase, StageEvent

logger = logging.getLogger("gpu_service.progress")

LOG_EVERY_SECONDS = 5.0


class ProgressLines:
    """A trace listener that logs ``done`` of ``total`` now and then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said_at = time.monotonic()

    def __call__(self, event: StageEvent) -> None:
        if event.phase is not Phase.PROGRESS:
            return
        now = time.monotonic()
        if now - self._said_at < LOG_EVERY_SECONDS:
            return
        self._said_at = now
        done, total = event.fields.get("done"), event.fields.get("total")
        of_total = f" of {total}" if total else ""
        unit = event.fields.get("unit", "")
        logger.info("%s: %s: %s%s %s", self._name, event.stage, done, of_total, unit)


class ProgressBars:
    """A trace listener that moves one bar a stage of one video."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name
        self._bars: dict[str, TaskID] = {}

    def __call__(self, event: StageEvent) -> None:
        if event.phase is not Phase.PROGRESS:
            return
        done, total = event.fields.get("done"), event.fields.get("total")
        if event.stage not in self._bars:
            self._bars[event.stage] = self._progress.add_task(f"{event.stage} {self._name}")
        self._progress.update(
            self._bars[event.stage],
            completed=float(str(done or 0)),
            total=float(str(total)) if total else None,
        )

    def remove(self) -> None:
        """Take this video's bars off the display."""
        for bar in self._bars.values():
            self._progress.remove_task(bar)


@contextmanager
def show_progress(console: Console) -> Iterator[Progress | None]:
    """A live display on a terminal; None elsewhere."""
    if not console.is_terminal:
        yield None
        return
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as progress:
        yield progress


@contextmanager
def listen(progress: Progress | None, name: str) -> Iterator[Listener]:
    """The listener that fits the display, for one video."""
    if progress is None:
        yield ProgressLines(name)
        return
    bars = ProgressBars(progress, name)
    try:
        yield bars
    finally:
        bars.remove()
