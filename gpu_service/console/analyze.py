"""What ``analyze`` prints: progress while it works, then JSON lines or a table a video."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress

from gpu_service.console.plain import plain
from gpu_service.console.progress import listen, show_progress
from gpu_service.console.tables import events_table, summary_line
from gpu_service.errors import GpuServiceError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.trace import Listener


class AnalyzeConsole(AbstractContextManager["AnalyzeConsole"]):
    """Progress and results of one run of ``analyze``.

    :param jobs: what is to be done; where the whole run fails, ``--json`` prints an object for
        each that had no result, so that every source has its object.
    :param device: as it was asked for.
    """

    def __init__(
        self, errors: Console, as_json: bool, jobs: Sequence[VideoJob], device: str
    ) -> None:
        self._errors = errors
        self._as_json = as_json
        self._undone = list(jobs)
        self._device = device
        self._stack = ExitStack()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        self._progress = self._stack.enter_context(show_progress(self._errors))
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()
        if isinstance(error, GpuServiceError) and self._as_json:
            for job in self._undone:
                result = VideoResult(job.video, self._device, backend="")
                result.fail(error)
                self._print_json(result)

    @contextmanager
    def listen(self, job: VideoJob) -> Iterator[Listener]:
        """The listener that shows one video's progress."""
        with listen(self._progress, plain(str(job.source))) as listener:
            yield listener

    def done(self, job: VideoJob, result: VideoResult) -> None:
        """Print one video's result."""
        self._undone.remove(job)
        with self._without_bars():
            self._print(result)

    @contextmanager
    def _without_bars(self) -> Iterator[None]:
        """Take the live display off the terminal, which stdout may share."""
        if self._progress is None:
            yield
            return
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def _print(self, result: VideoResult) -> None:
        if self._as_json:
            self._print_json(result)
        elif result.events:
            Console(file=sys.stdout).print(events_table(result.as_json()))
        style = "green" if result.reason is None else "red"
        self._errors.print(summary_line(result), style=style, markup=False, soft_wrap=True)

    @staticmethod
    def _print_json(result: VideoResult) -> None:
        sys.stdout.write(json.dumps(result.as_json()) + "\n")
        sys.stdout.flush()
