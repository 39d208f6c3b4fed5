"""The ffmpeg command line: ``select='gt(scene,0.3)'``, one JPEG a scene."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.place import Place, Video
from benchmarks.process import Finished
from benchmarks.rivals.base import Attempt, Span

_SHOWN = re.compile(r" pts_time:\s*(\S+) ")
_LENGTH = re.compile(r"Duration: (\d+):(\d+):([\d.]+)")


class FfmpegScene:
    """A local file to the first frames of scenes, one ffmpeg a video."""

    name = "ffmpeg scene"
    does = "a local file to the first frame after each change of content; no S3, no rows"

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """See :class:`~benchmarks.rivals.base.Rival`."""
        return _run(place, videos, log)


def _run(place: Place, videos: Sequence[Video], log: str) -> Attempt:
    events: dict[str, list[Span]] = {}
    pictures: dict[str, int] = {}
    took = []
    for number, video in enumerate(videos):
        name = f"{log}_{number}"
        with tempfile.TemporaryDirectory(dir=place.scratch) as folder:
            command = [
                *("ffmpeg", "-hide_banner", "-nostdin", "-i", str(video.path)),
                *("-vf", "select='gt(scene,0.3)',showinfo=checksum=0", "-fps_mode", "vfr"),
                # Without it ffmpeg fails on a video in which nothing is selected.
                *("-strict", "unofficial"),
                *("-q:v", "2", str(Path(folder) / "%05d.jpg")),
            ]
            took.append(place.start_program(command, name=name).wait())
            pictures[video.name] = sum(1 for _ in Path(folder).iterdir())
        said = (place.out / "logs" / f"{name}.log").read_text(errors="replace")
        cuts = [float(found) for found in _SHOWN.findall(said)]
        bounds = [0.0, *cuts, _length(said)]
        events[video.name] = list(pairwise(bounds))
    total = Finished(
        exit_code=0,
        started_at=took[0].started_at,
        wall_seconds=sum(one.wall_seconds for one in took),
        cpu_seconds=sum(one.cpu_seconds for one in took),
        peak_bytes=max(one.peak_bytes for one in took),
        stdout="",
    )
    return Attempt(total, total.wall_seconds, events, pictures)


def _length(said: str) -> float:
    found = _LENGTH.search(said)
    if found is None:
        return sys.float_info.max
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
