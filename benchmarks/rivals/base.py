"""What every rival offers, the service among them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.place import Place, Video
from benchmarks.process import Finished

Span = tuple[float, float]
"""Seconds from the first frame, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a rival over some videos.

    :param work_seconds: without start-up, that is interpreter, imports and loading the model; None
        where it does not say.
    :param events: of each video, by its file's name, in order.
    :param pictures: how many were made of each video.
    :param frames: events as numbers of the frames that the rival had, the end exclusive; empty
        where it does not say.
    """

    finished: Finished
    work_seconds: float | None
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
    startup = said["ready_at"] - finished.started_at
    found = said["videos"]
    return Attempt(
        finished,
        finished.wall_seconds - startup,
        {name: [(a, b) for a, b in one["events"]] for name, one in found.items()},
        {name: one["pictures"] for name, one in found.items()},
        {name: [(a, b) for a, b in one["frames"]] for name, one in found.items()},
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
    ready_at = time.monotonic()
    job = json.loads(Path(sys.argv[1]).read_text())
    found = {}
    for video in job["videos"]:
        found[video["name"]] = asdict(work(video, Path(job["scratch"])))
    sys.stdout.write(json.dumps({"ready_at": ready_at, "videos": found}) + "\n")
