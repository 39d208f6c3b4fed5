"""Videos of a place, and processes without torch that analyse them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gpu_service.jobs import SourceRef, VideoJob
from gpu_service.settings import load_settings
from tests.pipeline.bench import environment
from tests.pipeline.conftest import Place
from tests.processes.heard import Heard
from tests.processes.stand_in import HEAL, STAND_IN


def videos(place: Place, video: Path, *keys: str) -> list[VideoJob]:
    """The same one under several keys, numbered from 1 on."""
    for key in keys:
        place.upload(f"{key}.mp4", video)
    sources = [SourceRef(place.raw, f"{key}.mp4") for key in keys]
    return [VideoJob(source, number) for number, source in enumerate(sources, 1)]


async def analyze(
    place: Place,
    jobs: Sequence[VideoJob],
    heard: Heard,
    *,
    processes: int = 2,
    at_once: int = 1,
    heal: Path | None = None,
) -> int:
    """Have :mod:`tests.processes.stand_in` analyse them.

    :param at_once: videos of a process.
    :param heal: see :class:`~tests.processes.stand_in.Gpu`.
    """
    changes = {"GPU_SERVICE_CONCURRENCY": str(processes * at_once), "GPU_SERVICE_DEVICE": "cpu"}
    with environment(place, **changes, **{HEAL: str(heal or "")}):
        settings = load_settings()
        return await heard.analyze(jobs, STAND_IN, processes=processes, settings=settings)
