"""Every rival over the same two videos: time, and what its boundaries are worth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import TOLERANCE_FRAMES, match, starts
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, NotToBeHadError, Outcome, WrongResultsError, alternated
from benchmarks.place import Video
from benchmarks.rivals.base import Attempt, Rival
from benchmarks.rivals.ffmpeg_scene import FfmpegScene
from benchmarks.rivals.naive import Naive
from benchmarks.rivals.ours import Ours
from benchmarks.rivals.scenedetect import SceneDetect
from benchmarks.rivals.transnet_package import TransnetPackage
from gpu_service.detect.segments import shots_of
from gpu_service.events import Scores

_NAMES = ("testvideo.mp4", "transnet_test.mp4")
_WARM_UP = "h265_video.mp4"
_THRESHOLD = 0.5
_LEAST_F1 = 0.99
"""Of ours, without which its time says nothing."""


def run(context: Context) -> Outcome:
    """Time every rival; its boundaries are held against the official model's."""
    names = _NAMES[:1] if context.quick else _NAMES
    videos = [context.place.upload(context.video(name)) for name in names]
    context.place.s3.reset()
    rivals: list[Rival] = [Ours(), Naive(), TransnetPackage(), SceneDetect(), FfmpegScene()]
    warm_up = [context.place.upload(context.video(_WARM_UP))]
    for rival in rivals:
        rival.run(context.place, warm_up, log=f"rivals-warm-up-{rival.name}")
    ways = {
        rival.name: partial(rival.run, context.place, videos, log=f"rivals-{rival.name}")
        for rival in rivals
    }
    first: dict[str, Attempt] = {}

    def check(found: Mapping[str, Attempt]) -> None:
        for name, attempt in found.items():
            if attempt.events != first.setdefault(name, attempt).events:
                raise WrongResultsError(f"{name}: other events than in the round before")
        worst = min(_f1(video, found[Ours.name]) for video in videos)
        if worst < _LEAST_F1:
            raise WrongResultsError(f"ours: boundaries with an F1 of {worst:.3f}")

    rounds: dict[str, list[Attempt]] = alternated(context.repeats, ways, check)
    figures = []
    details: dict[str, Any] = {}
    for rival in rivals:
        attempts = rounds[rival.name]
        figures.append(Figure(rival.name, "s", tuple(one.seconds for one in attempts)))
        scores = [_f1(video, attempts[0]) for video in videos]
        figures.append(Figure(f"{rival.name}: boundaries, F1", "", (min(scores),)))
        details[rival.name] = {
            "does": rival.does,
            "f1": dict(zip(names, scores, strict=True)),
            "events": {name: len(found) for name, found in attempts[0].events.items()},
            "pictures": dict(attempts[0].pictures),
        }
    notes = [f"{rival.name}: {rival.does}" for rival in rivals]
    notes.append(
        "F1 (the lower of the two videos) is agreement with the official TransNetV2 scores, "
        f"±{TOLERANCE_FRAMES} frames: how like the model a rival is, not how right"
    )
    return Outcome(figures, details, notes)


def _f1(video: Video, attempt: Attempt) -> float:
    seconds = facts_of(video.path).frame_seconds
    reference = video.path.parent / "reference" / f"{video.name}.npz"
    wanted = [shot.first * seconds for shot in shots_of(_scores(reference), _THRESHOLD)[1:]]
    found = starts(attempt.events[video.name])
    return match(found, wanted, (TOLERANCE_FRAMES + 0.5) * seconds).f1


def _scores(path: Path) -> Scores:
    if not path.exists():
        raise NotToBeHadError(f"no reference {path.name}")
    with np.load(path) as stored:
        return Scores(stored["single"], stored["many"])
