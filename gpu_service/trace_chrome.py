"""A run's timeline as a file for Perfetto and ``chrome://tracing``.

The Trace Event Format ("Trace Event Format", Google, 2016), as a JSON array with one event a line:
complete events (``ph`` ``X``) with ``ts`` and ``dur`` in microseconds since the file was begun. A
process is a video, or the accelerator; a thread is a stage. ``cat`` is ``busy``, ``starved`` or
``blocked``; so are the names of waits, since Perfetto colours by name, while ``cname`` colours in
``chrome://tracing``.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TextIO

from gpu_service.trace import Phase, StageEvent, stage_rank

ACCELERATOR = "accelerator"
"""The process of what no single video does."""

_CATEGORIES = {
    Phase.COMPLETE: ("busy", "thread_state_running"),
    Phase.FAILED: ("busy", "terrible"),
    Phase.STARVED: ("starved", "thread_state_sleeping"),
    Phase.BLOCKED: ("blocked", "thread_state_iowait"),
    Phase.LENT: ("busy", "thread_state_running"),
}
_NUMBERS_A_PART = 1_000_000
"""Of processes and threads, which no two may share."""

_SLACK_US = 1.0
"""Start and end of neighbouring reports come from different readings of the clock."""


@dataclass(slots=True)
class _Track:
    tid: int
    free_from_us: float = 0.0


@dataclass(slots=True)
class _Process:
    pid: int
    stages: dict[str, list[_Track]] = field(default_factory=dict)


class ChromeTrace:
    """A trace listener that writes each piece of work and each wait as it ends.

    Nothing is kept but one number a track. A write that fails ends the timeline, never the run; see
    :attr:`failure`. A killed run leaves an array without its end, which both viewers read;
    what its other processes did is not in it yet.

    :param file: text, empty; the caller closes it, after :meth:`finish`.
    :param part: the number of one of several timelines that will be one; see :meth:`add`.
    :param zero_seconds: when the whole began, on :func:`time.perf_counter`'s clock; None is now.
    """

    def __init__(self, file: TextIO, *, part: int = 0, zero_seconds: float | None = None) -> None:
        self._file = file
        self.zero_seconds = time.perf_counter() if zero_seconds is None else zero_seconds
        self._shared = f"{ACCELERATOR} {part}" if part else ACCELERATOR
        self._numbers = part * _NUMBERS_A_PART
        self._lock = threading.Lock()
        self._processes: dict[str, _Process] = {}
        self._tids = self._numbers
        self._first = True
        self._finished = False
        self._failure: OSError | None = None
        self._part_failure: OSError | None = None

    def __call__(self, event: StageEvent) -> None:
        category = _CATEGORIES.get(event.phase)
        if category is None:
            return
        with self._lock:
            if self._finished or self._failure is not None:
                return
            try:
                self._slice(event, *category)
            except OSError as error:
                self._failure = error

    def finish(self) -> None:
        """Close the array; later reports are not written."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
            try:
                self._file.write("[]\n" if self._first else "\n]\n")
                self._file.flush()
            except OSError as error:
                self._failure = self._failure or error

    @property
    def failure(self) -> OSError | None:
        """Why the timeline, or a part of it, is not whole."""
        return self._failure or self._part_failure

    def add(self, part: Iterable[str], failure: OSError | None = None) -> None:
        """Take over what another process wrote of the same run, as one of its parts.

        :param part: the lines of its file, whose end may be missing.
        :param failure: why it is not whole.
        """
        with self._lock:
            self._part_failure = self._part_failure or failure
            if self._finished or self._failure is not None:
                return
            try:
                for line in part:
                    # Half a line is what a killed process was writing.
                    if line.startswith("{") and line.endswith("\n"):
                        self._write_line(line.rstrip(",\n"))
            except OSError as error:
                self._failure = error

    def _slice(self, event: StageEvent, cause: str, colour: str) -> None:
        end_us = max(0.0, (event.at_seconds - self.zero_seconds) * 1e6)
        start_us = max(0.0, end_us - event.seconds * 1e6)
        process = self._process(event.lane or self._shared)
        track = self._track(process, event.stage, start_us)
        start_us = max(start_us, track.free_from_us)
        track.free_from_us = end_us = max(start_us, end_us)
        args = {name: _plain(value) for name, value in event.fields.items()}
        if event.phase in (Phase.FAILED, Phase.LENT):
            args[event.phase.value] = True
        self._write(
            {
                "name": event.stage if cause == "busy" else cause,
                "cat": cause,
                "ph": "X",
                "ts": round(start_us, 3),
                "dur": round(end_us - start_us, 3),
                "pid": process.pid,
                "tid": track.tid,
                "cname": colour,
                "args": args,
            }
        )

    def _process(self, name: str) -> _Process:
        process = self._processes.get(name)
        if process is None:
            # Perfetto takes process 0 for the kernel's idle task.
            process = self._processes[name] = _Process(self._numbers + len(self._processes) + 1)
            order = 0 if name == self._shared else process.pid
            self._describe("process_name", process.pid, 0, name=name)
            self._describe("process_sort_index", process.pid, 0, sort_index=order)
        return process

    def _track(self, process: _Process, stage: str, start_us: float) -> _Track:
        """A row that is free: slices of one thread may not overlap, and uploads do."""
        tracks = process.stages.setdefault(stage, [])
        for track in tracks:
            if track.free_from_us <= start_us + _SLACK_US:
                return track
        self._tids += 1
        tracks.append(_Track(self._tids))
        self._describe("thread_name", process.pid, self._tids, name=stage)
        order = stage_rank(stage)
        self._describe("thread_sort_index", process.pid, self._tids, sort_index=order)
        return tracks[-1]

    def _describe(self, what: str, pid: int, tid: int, **args: object) -> None:
        self._write({"name": what, "ph": "M", "pid": pid, "tid": tid, "args": args})

    def _write(self, event: dict[str, object]) -> None:
        self._write_line(json.dumps(event, separators=(",", ":")))

    def _write_line(self, line: str) -> None:
        self._file.write(("[\n" if self._first else ",\n") + line)
        self._first = False


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | str) else str(value)
