"""Which video is next: in their order, but never one whose source is at work already."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

import anyio

from gpu_service.jobs import SourceRef, VideoJob


class Jobs(Protocol):
    """Where jobs come from; for the event loop's thread."""

    async def take(self) -> VideoJob | None:
        """The next one, once there is one to begin; None when all have begun."""

    def finished(self, job: VideoJob) -> None:
        """One that was taken is over, however it ended."""

    def stop(self) -> bool:
        """No more shall begin here, also of what is being waited for; whether there may be more."""


class Deal:
    """Gives jobs out in their order; those of one and the same source one after another."""

    def __init__(self, jobs: Iterable[VideoJob]) -> None:
        self._coming = deque(jobs)
        self._ready: deque[VideoJob] = deque()
        """Whose source is theirs, since the job before has left it to them."""
        self._held: dict[SourceRef, deque[VideoJob]] = {}
        """By each source at work: what waits for it."""
        self._held_jobs = 0
        self._stopped = False
        self._changed = anyio.Event()

    @property
    def left(self) -> int:
        """How many have not begun."""
        return len(self._coming) + len(self._ready) + self._held_jobs

    async def take(self) -> VideoJob | None:
        """See :class:`Jobs`."""
        while self.left and not self._stopped:
            if self._ready:
                return self._ready.popleft()
            while self._coming:
                job = self._coming.popleft()
                held = self._held.get(job.source)
                if held is None:
                    self._held[job.source] = deque()
                    return job
                held.append(job)
                self._held_jobs += 1
            await self._changed.wait()
        return None

    def finished(self, job: VideoJob) -> None:
        """See :class:`Jobs`."""
        held = self._held[job.source]
        if not held:
            del self._held[job.source]
            return
        self._ready.append(held.popleft())
        self._held_jobs -= 1
        self._wake()

    def stop(self) -> bool:
        """See :class:`Jobs`."""
        self._stopped = True
        self._wake()
        return self.left > 0

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
