"""What ``analyze`` prints: progress while it works, each result as it comes, the run at its end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console

from gpu_service.console.plain import plain
from gpu_service.console.progress import ProgressView, show_progress
from gpu_service.console.run import compact_line, run_lines, run_table
from gpu_service.console.tables import events_table, summary_line
from gpu_service.errors import GpuServiceError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.run_summary import RunRecord
from gpu_service.trace import Listener

_NAMED = 20
"""Undone videos that are named."""


class AnalyzeConsole(AbstractContextManager["AnalyzeConsole"]):
    """Progress and results of one run of ``analyze``.

    Where the whole run fails, ``--json`` prints an object for each job that had no result, so that
    every video has its object.

    :param device: as it was asked for.
    """

    def __init__(self, errors: Console, record: RunRecord, *, as_json: bool, device: str) -> None:
        self._errors = errors
        self._record = record
        self._as_json = as_json
        self._device = device
        self._undone: list[VideoJob] = []
        self._stack = ExitStack()
        self._view: ProgressView | None = None
        self._began_at: dict[VideoJob, float] = {}

    def expect(self, jobs: Sequence[VideoJob]) -> None:
        """Say what is to be done, as far as it is known; may be called again with more."""
        self._undone = list(jobs)
        self._record.asked = len(jobs)

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()
        known = error if isinstance(error, GpuServiceError) else None
        if known is not None and self._as_json:
            for job in self._undone:
                result = VideoResult(job.video, self._device, backend="")
                result.fail(known)
                self._print_json(result)
        if self._view is not None and (error is None or known is not None):
            self._print_run(known)

    def __enter__(self) -> Self:
        return self

    @contextmanager
    def listen(self, job: VideoJob) -> Iterator[Listener]:
        """The listener that shows one video's progress."""
        self._record.begin()
        self._began_at[job] = time.perf_counter()
        with self._progress().listen(str(job.source)) as listener:
            yield listener

    def done(self, job: VideoJob, result: VideoResult) -> None:
        """Print one video's result."""
        self._undone.remove(job)
        self._record.done(result)
        seconds = time.perf_counter() - self._began_at.pop(job)
        view = self._progress()
        view.done(len(result.events))
        with view.hidden():
            self._print(result, seconds)

    def say(self, line: str) -> None:
        """Print what another process of this run has logged."""
        self._say(plain(line))

    def _progress(self) -> ProgressView:
        if self._view is None:
            self._view = self._stack.enter_context(show_progress(self._errors, self._record.asked))
        return self._view

    def _print(self, result: VideoResult, seconds: float) -> None:
        if self._as_json:
            self._print_json(result)
        elif result.events:
            Console(file=sys.stdout).print(events_table(result.as_json()))
        self._say(summary_line(result, seconds), "green" if result.reason is None else "red")

    def _say(self, line: str, style: str = "") -> None:
        self._errors.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    def _print_run(self, error: GpuServiceError | None) -> None:
        summary = self._record.summary(error)
        if self._record.asked > 1:
            self._errors.print(run_table(summary))
            for line in run_lines(summary):
                self._say(line)
            self._print_undone()
        elif self._errors.is_terminal and error is None:
            self._say(compact_line(summary), "dim")

    def _print_undone(self) -> None:
        """Name what another run has to do."""
        if not self._undone:
            return
        self._say(f"undone: {len(self._undone)} of {self._record.asked} videos", "yellow")
        for job in self._undone[:_NAMED]:
            number = "" if job.video_id is None else f" as video {job.video_id}"
            self._say(f"  {plain(str(job.source))}{number}", "yellow")
        if len(self._undone) > _NAMED:
            self._say(f"  and {len(self._undone) - _NAMED} more", "yellow")

    @staticmethod
    def _print_json(result: VideoResult) -> None:
        sys.stdout.write(json.dumps(result.as_json()) + "\n")
        sys.stdout.flush()
