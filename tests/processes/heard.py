"""Who hears of what a run's processes do, and remembers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.processes.member import Hearing
from gpu_service.processes.run import analyze_in_processes
from gpu_service.run_summary import RunRecord
from gpu_service.settings import Settings, load_settings
from gpu_service.trace import Listener, StageEvent
from gpu_service.trace_chrome import ChromeTrace
from tests.processes.talker import TALKER

_LONGEST_SECONDS = 40.0


def job(key: str, deed: str = "completes", video_id: int | None = None) -> VideoJob:
    """One for :mod:`tests.processes.talker`."""
    return VideoJob(SourceRef("raw", key), video_id, deed)


@dataclass
class Heard:
    """What was heard of one run."""

    record: RunRecord = field(default_factory=lambda: RunRecord("detect"))
    timeline: ChromeTrace | None = None
    results: list[VideoResult] = field(default_factory=list)
    progress: list[tuple[VideoJob, StageEvent]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    under_way: list[VideoJob] = field(default_factory=list)
    said: anyio.Event = field(default_factory=anyio.Event)
    """A line has been."""

    @contextmanager
    def listen(self, job: VideoJob) -> Iterator[Listener]:
        self.under_way.append(job)
        yield lambda event: self.progress.append((job, event))
        self.under_way.remove(job)

    def done(self, job: VideoJob, result: VideoResult) -> None:
        assert job not in self.under_way
        self.results.append(result)

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.said.set()

    @property
    def ended(self) -> dict[str, str]:
        """How each video has: its status, or the reason of its failure."""
        return {result.video.source.key: result.reason or result.status for result in self.results}

    async def analyze(
        self,
        jobs: Sequence[VideoJob],
        program: tuple[str, ...] = TALKER,
        *,
        processes: int = 2,
        settings: Settings | None = None,
    ) -> int:
        """Hear of these videos in so many processes; returns the exit code."""
        hearing = Hearing(self.record, self.timeline, self.listen, self.done, self.say)
        with anyio.fail_after(_LONGEST_SECONDS):
            return await analyze_in_processes(
                settings or load_settings(),
                jobs,
                processes=processes,
                local=False,
                hearing=hearing,
                program=program,
            )
