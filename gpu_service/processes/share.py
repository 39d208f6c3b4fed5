"""What each of several processes may use of what a run may use."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gpu_service.settings import FEWEST_CONNECTIONS, LEAST_BUDGET_BYTES, Settings


@dataclass(frozen=True, slots=True)
class _Part:
    """One of so many, as equal as whole numbers are."""

    index: int
    parts: int

    def of(self, whole: int, least: int = 1) -> int:
        return max(least, whole // self.parts + (self.index < whole % self.parts))


def process_count(settings: Settings, videos: int) -> int:
    """As many as are asked for, and can have a video each at once."""
    pipeline = settings.pipeline
    return max(1, min(pipeline.processes, pipeline.concurrency, videos))


def shares(settings: Settings, processes: int) -> list[Settings]:
    """The settings of each process: together they have the videos at once, budgets, uploads and
    connections of one, but for the least that each must have.

    :param processes: no more than videos at once.
    """
    return [_share(settings, _Part(index, processes)) for index in range(processes)]


def _share(settings: Settings, part: _Part) -> Settings:
    pipeline, detect = settings.pipeline, settings.detect
    threads = detect.model_threads or len(os.sched_getaffinity(0))
    return settings.model_copy(
        update={
            "pipeline": pipeline.model_copy(
                update={
                    "processes": 1,
                    "concurrency": part.of(pipeline.concurrency),
                    "frames_budget_bytes": part.of(
                        pipeline.frames_budget_bytes, LEAST_BUDGET_BYTES
                    ),
                    "packets_budget_bytes": part.of(
                        pipeline.packets_budget_bytes, LEAST_BUDGET_BYTES
                    ),
                }
            ),
            "detect": detect.model_copy(update={"model_threads": part.of(threads)}),
            "thumbnail": settings.thumbnail.model_copy(
                update={"uploads_in_flight": part.of(settings.thumbnail.uploads_in_flight)}
            ),
            "database": settings.database.model_copy(
                update={"pool_size": part.of(settings.database.pool_size, FEWEST_CONNECTIONS)}
            ),
        }
    )
