"""What a run over one or several videos did, added up."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from gpu_service.budget import ByteBudget
from gpu_service.errors import GpuServiceError
from gpu_service.jobs import VideoResult, VideoStatus
from gpu_service.trace import Listener, Trace
from gpu_service.trace_occupancy import Occupancy


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The run object of ``--summary``.

    :param videos: how many were ``asked`` for and became ``complete``, ``partial`` or ``failed``,
        or are ``undone``.
    :param seconds: from the first video's start to the last one's end; None if none began.
    :param wall_seconds: of the whole command, start-up included.
    :param stages: by name: ``seconds`` busy, ``starved_seconds``, ``blocked_seconds``, ``count``;
        of all videos together, so that they may exceed the run's.
    :param occupancy: of the model.
    :param budgets: by name: ``limit_bytes`` and ``peak_bytes``.
    :param error: what ended the run.
    """

    videos: dict[str, int]
    events: int
    frames: int
    bytes_read: int
    object_size: int
    seconds: float | None
    wall_seconds: float
    stages: dict[str, dict[str, float]]
    occupancy: Occupancy
    budgets: dict[str, dict[str, int]]
    error: GpuServiceError | None = None

    def as_json(self) -> dict[str, object]:
        """``{"run": {…}}``."""
        error = None
        if self.error is not None:
            error = {
                "reason": self.error.reason,
                "message": self.error.message,
                "retryable": self.error.retryable,
            }
        run = {
            "videos": self.videos,
            "events": self.events,
            "frames": self.frames,
            "bytes_read": self.bytes_read,
            "object_size": self.object_size,
            "seconds": self.seconds,
            "wall_seconds": self.wall_seconds,
            "stages": self.stages,
            "model": {
                "occupancy": self.occupancy.share,
                "busy_seconds": self.occupancy.busy_seconds,
                "span_seconds": self.occupancy.span_seconds,
                "workers": self.occupancy.places,
                "batches": self.occupancy.pieces,
                "windows": self.occupancy.count("windows"),
                "frames": self.occupancy.count("frames"),
            },
            "budgets": self.budgets,
            "error": error,
        }
        return {"run": run}


@dataclass(frozen=True, slots=True)
class RunPart:
    """What one of several processes did for a run; it can be pickled.

    :param stages: as in :class:`RunSummary`; so are the others.
    """

    stages: dict[str, dict[str, float]]
    occupancy: Occupancy
    budgets: dict[str, dict[str, int]]


class RunRecord:
    """Gathers what :class:`RunSummary` tells, from the moment that it is made.

    :param model_stage: the stage whose occupancy counts.
    :param listeners: further ones, of all videos.
    """

    def __init__(self, model_stage: str, *listeners: Listener) -> None:
        self._occupancy = Occupancy(model_stage, places=0)
        self.trace = Trace(self._occupancy, *listeners)
        """The run's; each video's is a child of it."""
        self.asked = 0
        """How many videos."""
        self._made_at = time.perf_counter()
        self._began_at: float | None = None
        self._ended_at = self._made_at
        self._budgets: tuple[ByteBudget, ...] = ()
        self._added_budgets: dict[str, Counter[str]] = {}
        self._statuses: Counter[str] = Counter()
        self._events = self._frames = self._bytes_read = self._object_size = 0

    def watch(self, *budgets: ByteBudget, workers: int) -> None:
        """Tell the peaks of these budgets.

        :param workers: of the model.
        """
        self._budgets = budgets
        self._occupancy.places = workers

    @property
    def part(self) -> RunPart:
        """What this process did, for the one that started it."""
        return RunPart(self.trace.totals, self._occupancy, self._peaks())

    def add(self, part: RunPart) -> None:
        """Count what another process did; peaks are added up, whether or not they were at once."""
        self._occupancy.add(part.occupancy)
        for stage, total in part.stages.items():
            self.trace.add(stage, total)
        for name, budget in part.budgets.items():
            self._added_budgets.setdefault(name, Counter()).update(budget)

    def begin(self) -> None:
        """A video begins."""
        if self._began_at is None:
            self._began_at = time.perf_counter()

    def done(self, result: VideoResult) -> None:
        """A video has ended."""
        self._ended_at = time.perf_counter()
        self._statuses[str(result.status)] += 1
        self._events += len(result.events)
        self._frames += result.frames
        self._bytes_read += result.bytes_read
        self._object_size += result.object_size or 0

    def summary(self, error: GpuServiceError | None = None) -> RunSummary:
        """The run so far.

        :param error: what ended it, other than the end of the last video.
        """
        now = time.perf_counter()
        # A run that was stopped lasted until it was.
        ended_at = self._ended_at if error is None else now
        ended = (VideoStatus.COMPLETE, VideoStatus.PARTIAL, VideoStatus.FAILED)
        videos = {str(status): self._statuses[str(status)] for status in ended}
        return RunSummary(
            videos={
                "asked": self.asked,
                **videos,
                "undone": self.asked - self._statuses.total(),
            },
            events=self._events,
            frames=self._frames,
            bytes_read=self._bytes_read,
            object_size=self._object_size,
            seconds=None if self._began_at is None else ended_at - self._began_at,
            wall_seconds=now - self._made_at,
            stages=self.trace.totals,
            occupancy=self._occupancy,
            budgets=self._peaks(),
            error=error,
        )

    def _peaks(self) -> dict[str, dict[str, int]]:
        found = {name: dict(budget) for name, budget in self._added_budgets.items()}
        for budget in self._budgets:
            found[budget.name] = {
                "limit_bytes": budget.limit_bytes,
                "peak_bytes": budget.peak_bytes,
            }
        return found
