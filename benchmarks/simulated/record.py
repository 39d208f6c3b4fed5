"""When each video was at what, for the accounts of idle time."""

from __future__ import annotations

import io
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.simulated.engines import Interval
from gpu_service.pipeline.accelerator import STAGE
from gpu_service.trace import Phase, StageEvent

_LEAST_WAIT_SECONDS = 0.0002
"""A read that is shorter is a copy out of memory."""


@dataclass(slots=True)
class VideoRecord:
    """One video's times on :func:`time.perf_counter`'s clock.

    :param life: from its first step to its result.
    :param scan: its whole scan.
    :param fed: work for an engine was booked and not done.
    :param starved: its scan waited for bytes.
    :param blocked: its scan waited for room behind it: the model's lane or the budget of frames.
    """

    life: list[Interval] = field(default_factory=list)
    scan: list[Interval] = field(default_factory=list)
    fed: list[Interval] = field(default_factory=list)
    starved: list[Interval] = field(default_factory=list)
    blocked: list[Interval] = field(default_factory=list)


class RunRecord:
    """Every video's, and the model's; a listener of the run's trace."""

    def __init__(self) -> None:
        self.videos: defaultdict[str, VideoRecord] = defaultdict(VideoRecord)
        """By the video's address."""
        self.model_starved: list[Interval] = []
        """The model waited for windows."""

    def __call__(self, event: StageEvent) -> None:
        """Take note of a wait; any thread."""
        interval = (event.at_seconds - event.seconds, event.at_seconds)
        if (event.stage, event.phase) == ("decode", Phase.BLOCKED):
            self.videos[event.lane].blocked.append(interval)
        elif (event.stage, event.phase) == (STAGE, Phase.STARVED):
            self.model_starved.append(interval)


@contextmanager
def noted(intervals: list[Interval]) -> Iterator[None]:
    """Add the block's time."""
    start = time.perf_counter()
    try:
        yield
    finally:
        intervals.append((start, time.perf_counter()))


class TimedFile(io.RawIOBase):
    """The source's file; its reads that have to wait are noted.

    :param file: stays open; it belongs to the caller.
    """

    def __init__(self, file: io.RawIOBase, waits: list[Interval]) -> None:
        self._file = file
        self._waits = waits

    @property
    def failure(self) -> object:
        """What the source failed with, as its own file says."""
        return getattr(self._file, "failure", None)

    def read(self, size: int = -1, /) -> bytes | None:
        """See :meth:`io.RawIOBase.read`."""
        start = time.perf_counter()
        data = self._file.read(size)
        end = time.perf_counter()
        if end - start >= _LEAST_WAIT_SECONDS:
            self._waits.append((start, end))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See :meth:`io.RawIOBase.seek`."""
        return self._file.seek(offset, whence)
