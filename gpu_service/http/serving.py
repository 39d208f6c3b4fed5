"""What the routes work on: nothing yet while the model is loaded, and nothing any more in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gpu_service.errors import TransientError
from gpu_service.http.database_probe import DatabaseProbe
from gpu_service.http.job_queue import JobQueue
from gpu_service.http.jobs import Job
from gpu_service.pipeline.services import Sinks
from gpu_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What there is once the model is loaded."""

    queue: JobQueue
    sinks: Sinks
    probe: DatabaseProbe


class Serving:
    """One life of the server.

    :param settings: of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._parts: Parts | None = None
        self._queue: JobQueue | None = None

    @property
    def buckets(self) -> frozenset[str]:
        """The buckets whose objects may be analysed."""
        more = self.settings.http.http_buckets.split(",")
        return frozenset({self.settings.source.raw_bucket, *filter(None, map(str.strip, more))})

    @property
    def parts(self) -> Parts:
        """What the routes work on.

        :raises TransientError: ``not_ready``.
        """
        if self._parts is None:
            what = "the model is being loaded" if self._queue is None else "the server is stopping"
            raise TransientError(f"{what}; ask again later", reason="not_ready")
        return self._parts

    @property
    def undone(self) -> list[Job]:
        """Jobs that are queued or running, or were so at the end."""
        return [] if self._queue is None else self._queue.jobs.undone

    def check_alive(self) -> None:
        """Return unless this process is at its end.

        :raises TransientError: ``worker_lost``.
        """
        if self._queue is not None and not self._queue.is_whole:
            raise TransientError("not every worker lives", reason="worker_lost")

    @contextmanager
    def open(self, parts: Parts) -> Iterator[None]:
        """The parts are there for the block."""
        self._parts, self._queue = parts, parts.queue
        try:
            yield
        finally:
            self._parts = None
