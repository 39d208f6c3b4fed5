"""How far a run is: the numbers behind bars and log lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gpu_service.console.plain import counted
from gpu_service.trace import Phase, StageEvent


class VideoProgress:
    """How far one video is; hears its trace."""

    def __init__(self) -> None:
        self.frames = 0
        """With scores."""
        self.total_frames: int | None = None
        """As the container declares it, which may be wrong; None where it does not."""
        self.stored = 0
        """Thumbnails."""

    def hear(self, event: StageEvent) -> bool:
        """Take what a report says; whether it said anything."""
        if event.phase is not Phase.PROGRESS:
            return False
        done, total = _number(event.fields.get("done")), _number(event.fields.get("total"))
        if event.stage == "detect":
            self.frames, self.total_frames = done, total or None
        elif event.stage == "upload":
            self.stored = done
        else:
            return False
        return True

    @property
    def text(self) -> str:
        """``250 of 1000 frames, 3 thumbnails``."""
        of_total = f" of {self.total_frames}" if self.total_frames else ""
        frames = f"{self.frames}{of_total} frames"
        return f"{frames}, {counted(self.stored, 'thumbnail')}" if self.stored else frames


class RunProgress:
    """How far all videos are."""

    def __init__(self, asked: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.asked = asked
        self.finished = 0
        self._clock = clock
        self._began_at: float | None = None
        self._running: list[VideoProgress] = []
        self._frames = 0
        self._events = 0

    @contextmanager
    def video(self) -> Iterator[VideoProgress]:
        """One video, which runs within the block."""
        if self._began_at is None:
            self._began_at = self._clock()
        video = VideoProgress()
        self._running.append(video)
        try:
            yield video
        finally:
            self._running.remove(video)
            self._frames += video.frames

    def done(self, events: int) -> None:
        """A video has ended, with so many events."""
        self.finished += 1
        self._events += events

    @property
    def text(self) -> str:
        """``3 of 16 videos, 41 events, 512 frames/s``."""
        events = self._events + sum(video.stored for video in self._running)
        return (
            f"{self.finished} of {self.asked} videos, {counted(events, 'event')}, "
            f"{self._rate:.0f} frames/s"
        )

    @property
    def _rate(self) -> float:
        if self._began_at is None:
            return 0.0
        seconds = self._clock() - self._began_at
        frames = self._frames + sum(video.frames for video in self._running)
        return frames / seconds if seconds > 0 else 0.0


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
