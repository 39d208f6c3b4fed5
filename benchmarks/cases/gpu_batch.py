"""The whole service on a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks.cases.busy import EIGHT
from benchmarks.chrome_trace import read_trace
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, Outcome, WrongResultsError, alternated
from benchmarks.gpu.needed import need_gpu
from benchmarks.gpu.utilisation import Readings, sampled
from benchmarks.idle import idleness
from benchmarks.long_media import minutes_of_video
from benchmarks.place import Video
from benchmarks.run_summary import RunSummary
from benchmarks.service import analyze

_VIDEOS = tuple(name for name in EIGHT if name != "Megamind.avi")
"""Not MPEG-4, which NVDEC is not asked for."""

_DECODER = "nvdec/"
_LEAST_NVDEC = 95.0
_AT_ONCE = (8, 16, 32)
_QUICK = (8,)
_MINUTES = (1, 5, 10, 15)
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class GpuRun:
    """One command over all videos."""

    summary: RunSummary
    readings: Readings
    idle: str


def run(context: Context) -> Outcome:
    """Shared videos and some minutes of 720p in one command, with another ``--concurrency`` each time.

    What they show must be what the CPU path shows: that is ``make test-gpu``.
    """
    device = need_gpu()
    videos = [context.place.upload(context.video(name)) for name in _VIDEOS]
    minutes = _MINUTES[:1] if context.quick else _MINUTES
    videos += [
        context.place.upload(minutes_of_video(context.made_media, context.media, each))
        for each in minutes
    ]
    levels = _QUICK if context.quick else _AT_ONCE
    context.place.s3.reset()
    rounds = alternated(
        context.repeats,
        {
            str(level): partial(measured, context, videos, level, (device, _DECODER))
            for level in levels
        },
    )
    facts = [facts_of(video.path) for video in videos]
    frames = sum(one.frames for one in facts)
    hours = sum(one.frames * one.frame_seconds for one in facts) / 3600
    figures, notes = [], [f"{len(videos)} videos, {frames} frames, {hours:.2f} h"]
    for level, runs in rounds.items():
        seconds = [one.summary.seconds for one in runs]
        nvdec = tuple(one.readings.decoder_percent() for one in runs)
        figures += [
            Figure(f"{level} at once", "frames/s", tuple(frames / each for each in seconds)),
            Figure(
                f"{level} at once: video-hours a day a GPU",
                "h",
                tuple(hours * _HOURS_A_DAY * 3600 / each for each in seconds),
            ),
            Figure(f"{level} at once: NVDEC busy", "%", nvdec, at_least=_LEAST_NVDEC),
            Figure(
                f"{level} at once: SM busy", "%", tuple(one.readings.sm_percent() for one in runs)
            ),
        ]
        notes.append(f"{level} at once: model {runs[-1].idle}")
    return Outcome(figures, {}, notes)


def measured(context: Context, videos: list[Video], level: int, where: tuple[str, str]) -> GpuRun:
    """One run, with the GPU watched.

    :param where: the device that the command is told, and the decoder that has to be used there.
    :raises WrongResultsError: a video was decoded elsewhere, or has not all of its frames.
    """
    device, decoder = where
    place = context.place
    place.clear()
    name = f"gpu-{level}"
    trace = place.out / f"{name}.trace.json"
    options = ("--device", device, "--concurrency", str(level))
    readings = Readings()
    with sampled(readings):
        analysis = analyze(place, videos, name=name, options=options, trace=trace)
    for video in videos:
        printed = analysis.printed[video.name]
        if printed["frames"] != facts_of(video.path).frames:
            raise WrongResultsError(f"{video.name}: {printed['frames']} frames")
        if not str(printed["backend"]).startswith(decoder):
            raise WrongResultsError(f"{video.name}: decoded by {printed['backend']}")
    return GpuRun(analysis.summary, readings, idleness(read_trace(trace)).in_words())
