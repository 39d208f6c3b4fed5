"""Progress of many videos at once: bars on a terminal, a log line every few seconds elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gpu_service.console.plain import plain
from gpu_service.console.run_progress import RunProgress, VideoProgress
from gpu_service.trace import Listener, StageEvent

logger = logging.getLogger("gpu_service.progress")

LOG_EVERY_SECONDS = 5.0
_NAME_WIDTH = 24
_BAR_WIDTH = 10


class ProgressView(Protocol):
    """Shows how far a run is; for the event loop's thread."""

    def listen(self, name: str) -> AbstractContextManager[Listener]:
        """The listener for one video, which is shown within the block."""

    def done(self, events: int) -> None:
        """A video has ended, with so many events."""

    def hidden(self) -> AbstractContextManager[None]:
        """Nothing is shown within the block, so that results can be printed."""


class ProgressLines:
    """Log lines: of the one video, or of all videos together."""

    def __init__(self, run: RunProgress) -> None:
        self._run = run
        self._said_at = time.monotonic()

    @contextmanager
    def listen(self, name: str) -> Iterator[Listener]:
        with self._run.video() as video:

            def hear(event: StageEvent) -> None:
                if video.hear(event):
                    self._say(name, video)

            yield hear

    def _say(self, name: str, video: VideoProgress) -> None:
        now = time.monotonic()
        if now - self._said_at < LOG_EVERY_SECONDS:
            return
        self._said_at = now
        if self._run.asked == 1:
            logger.info("%s: %s", plain(name), video.text)
        else:
            logger.info("%s", self._run.text)

    def done(self, events: int) -> None:
        self._run.done(events)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        yield


class ProgressBars:
    """A bar for each video that runs, below one for all of them."""

    def __init__(self, run: RunProgress, console: Console) -> None:
        self._run = run
        self._display = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=_BAR_WIDTH),
            TextColumn("{task.fields[text]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self._whole: TaskID | None = None
        if run.asked > 1:
            self._whole = self._display.add_task("all videos", total=run.asked, text=run.text)

    @contextmanager
    def listen(self, name: str) -> Iterator[Listener]:
        with self._run.video() as video:
            bar = self._display.add_task(_short(plain(name)), total=None, text="")

            def hear(event: StageEvent) -> None:
                if video.hear(event):
                    self._display.update(
                        bar, completed=video.frames, total=video.total_frames, text=video.text
                    )
                    self._show_whole()

            try:
                yield hear
            finally:
                self._display.remove_task(bar)

    def done(self, events: int) -> None:
        self._run.done(events)
        self._show_whole()

    def _show_whole(self) -> None:
        if self._whole is not None:
            self._display.update(self._whole, completed=self._run.finished, text=self._run.text)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        # Stdout may be the same terminal.
        self._display.stop()
        try:
            yield
        finally:
            self._display.start()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars within the block."""
        with self._display:
            yield


@contextmanager
def show_progress(console: Console, asked: int) -> Iterator[ProgressView]:
    """The view that fits where stderr goes, for the block.

    :param asked: how many videos there are.
    """
    run = RunProgress(asked)
    if not console.is_terminal:
        yield ProgressLines(run)
        return
    bars = ProgressBars(run, console)
    with bars.shown():
        yield bars


def _short(name: str) -> str:
    """The end of a long name, which tells more than its beginning."""
    return name if len(name) <= _NAME_WIDTH else f"…{name[1 - _NAME_WIDTH :]}"
