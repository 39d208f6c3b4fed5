"""How busy the model is while videos compete for it, and what it waited for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from benchmarks.agreement import differences
from benchmarks.chrome_trace import any_busy_share, busy_share, read_trace
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, Outcome, WrongResultsError, alternated
from benchmarks.idle import idleness
from benchmarks.place import Video
from benchmarks.rivals.base import Span
from benchmarks.service import analyze
from gpu_service.settings import DetectSettings

EIGHT = (
    "testvideo.mp4",
    "traffic_camera.mp4",
    "bottle-detection.mp4",
    "car-detection.mp4",
    "nasa_13013.mp4",
    "Megamind.avi",
    "goldeneye-vfr-drop3.mp4",
    "issue-134-rotate.mp4",
)
_LEAST_SHARE = 95.0
_QUICK = ("realshort.mp4", "Megamind.avi", "goldeneye-vfr-drop3.mp4")
_NOTHING = "h265_video.mp4"
"""Ten frames: what a run of it takes is start-up."""
_MOST_APART = 0.02
"""Of the shares by the timeline and by the run object."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run in one mode.

    :param share: of the model's workers that work, from its first window to its last, 0 to 1.
    :param any_share: of the time in which one of them does.
    :param cores: busy share of all cores while videos ran, 0 to 1.
    :param events: by the video's name, in seconds.
    """

    share: float
    any_share: float
    cores: float
    seconds: float
    words: str
    stages: dict[str, dict[str, float]]
    events: dict[str, list[Span]]


def run(context: Context) -> Outcome:
    """Eight videos at once, in either mode of the model; the default mode's share is asked for."""
    names = _QUICK if context.quick else EIGHT
    videos = [context.place.upload(context.video(name)) for name in names]
    modes = get_args(DetectSettings.model_fields["detect_mode"].annotation)
    context.place.s3.reset()
    steps = {video.name: facts_of(video.path).frame_seconds for video in videos}

    def check(found: Mapping[str, _Run]) -> None:
        if wrong := differences(found["fast"].events, found["reference"].events, steps):
            raise WrongResultsError("; ".join(wrong))

    rounds = alternated(
        context.repeats, {mode: partial(_measured, context, videos, mode) for mode in modes}, check
    )
    frames = sum(facts_of(video.path).frames for video in videos)
    default = DetectSettings().detect_mode
    figures, notes, details = [], [], {}
    for mode in sorted(modes, key=lambda mode: mode != default):
        runs = rounds[mode]
        asked = _LEAST_SHARE if mode == default else None
        shares = tuple(100 * one.share for one in runs)
        any_shares = tuple(100 * one.any_share for one in runs)
        figures += [
            Figure(f"{mode}: model busy, first to last window", "%", shares, at_least=asked),
            Figure(f"{mode}: at least one of its workers busy", "%", any_shares),
            Figure(f"{mode}: all cores busy", "%", tuple(100 * one.cores for one in runs)),
            Figure(f"{mode}: frames/s", "", tuple(frames / one.seconds for one in runs)),
        ]
        said = " (the default)" if mode == default else ""
        notes.append(f"{mode}{said}: model {runs[-1].words}")
        details[mode] = {"stages": runs[-1].stages, "trace": _trace_name(mode)}
    called = {video.key.rpartition("/")[2]: video.name for video in videos}
    return Outcome(figures, {"modes": details, "names": called}, notes)


def _trace_name(mode: str) -> str:
    return f"busy-{mode}.trace.json"


def _measured(context: Context, videos: list[Video], mode: str) -> _Run:
    settings = {"GPU_SERVICE_DETECT_MODE": mode, "GPU_SERVICE_CONCURRENCY": str(len(videos))}
    place = context.place
    place.clear()
    nothing = [place.upload(context.video(_NOTHING))]
    start_up = analyze(place, nothing, name=f"busy-{mode}-start-up", settings=settings).finished
    trace = place.out / _trace_name(mode)
    analysis = analyze(place, videos, name=f"busy-{mode}", settings=settings, trace=trace)
    slices = read_trace(trace)
    share = busy_share(slices)
    said: Any = analysis.summary.occupancy
    if said is None or abs(said - share) > _MOST_APART:
        raise WrongResultsError(f"model busy: {share} by the timeline, {said} by the run object")
    cpu = analysis.finished.cpu_seconds - start_up.cpu_seconds
    wall = analysis.finished.wall_seconds - start_up.wall_seconds
    cores = cpu / wall / len(os.sched_getaffinity(0))
    words = idleness(slices).in_words()
    any_share = any_busy_share(slices)
    summary = analysis.summary
    return _Run(share, any_share, cores, summary.seconds, words, summary.stages, analysis.events)
