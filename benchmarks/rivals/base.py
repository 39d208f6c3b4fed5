"""What every rival offers, the service among them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place, Video
from benchmarks.process import Finished

Span = tuple[float, float]
"""Seconds from the first frame, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a rival over some videos.

    :param work_seconds: from the first video's start to the last one's end: without interpreter,
        imports, loading the model and connecting.
    :param events: of each video, by its file's name, in order.
    :param pictures: how many were made of each video.
    :param frames: events as numbers of the frames that the rival had, the end exclusive; empty
        where it does not say.
    """

    finished: Finished
    work_seconds: float
    events: Mapping[str, Sequence[Span]]
    pictures: Mapping[str, int]
    frames: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """End to end, start-up included."""
        return self.finished.wall_seconds


class Rival(Protocol):
    """A way to get events and pictures out of videos."""

    name: str

    does: str
    """One line: what it does and what it leaves out."""

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """Work on the videos, from the start of a process to its end.

        :param log: name of the process's log.
        :raises RuntimeError: it failed.
        """
        ...


def run_child(place: Place, module: str, videos: Sequence[Video], *, log: str) -> Attempt:
    """Run a rival that is a Python process of its own, whose ``main`` calls :func:`be_child`."""
    job = place.scratch / f"{log}.json"
    wanted = [{"name": v.name, "path": str(v.path), "key": v.key, "id": v.number} for v in videos]
    job.write_text(json.dumps({"scratch": str(place.scratch), "videos": wanted}))
    finished = place.start(["-m", module, str(job)], name=log).wait()
    said = json.loads(finished.stdout.splitlines()[-1])
    found = said["videos"]
    return Attempt(
        finished,
        said["seconds"],
        {name: [(a, b) for a, b in one["events"]] for name, one in found.items()},
        {name: one["pictures"] for name, one in found.items()},
        {name: [(a, b) for a, b in one["frames"]] for name, one in found.items()},
    )


def check_stored(place: Place, table: str, attempt: Attempt) -> None:
    """Count rows and thumbnails, both of which were none before.

    :raises WrongResultsError: they are not as many as the attempt says.
    """
    said = sum(map(len, attempt.events.values())), sum(attempt.pictures.values())
    rows = asyncio.run(place.value(f"SELECT count(*) FROM {table}"))
    shown = asyncio.run(place.value(f"SELECT count(*) FROM {table} WHERE has_thumbnail"))
    # The service stores a sheet a session beside them.
    keys = [key for key in place.s3.thumbnail_keys() if "/sessions/" not in key]
    if (rows, shown) != said or len(keys) != said[1]:
        raise WrongResultsError(
            f"{rows} rows, {shown} with a thumbnail, {len(keys)} thumbnails stored; "
            f"said: {said[0]} events, {said[1]} thumbnails"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What a child found in one video; see :class:`Attempt`."""

    events: Sequence[Span]
    pictures: int
    frames: Sequence[tuple[int, int]] = ()


def be_child(work: Callable[[dict[str, Any], Path], Found]) -> None:
    """The child's side: everything is imported and loaded; do each video, one after another.

    :param work: takes a video of the job and a scratch folder.
    """
    job = json.loads(Path(sys.argv[1]).read_text())
    start = time.perf_counter()
    found = {video["name"]: asdict(work(video, Path(job["scratch"]))) for video in job["videos"]}
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps({"seconds": seconds, "videos": found}) + "\n")
