"""The whole service on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.cases.busy import EIGHT
from benchmarks.chrome_trace import read_trace
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, Outcome, WrongResultsError, alternated
from benchmarks.gpu.feeding import CAUSES, unfed_shares
from benchmarks.gpu.needed import need_gpu
from benchmarks.gpu.utilisation import Readings, sampled
from benchmarks.idle import idleness
from benchmarks.long_media import minutes_of_video
from benchmarks.place import Video
from benchmarks.run_summary import RunSummary
from benchmarks.service import analyze
from gpu_service.console.plain import counted
from gpu_service.decode.nvdec.caps import capabilities
from gpu_service.decode.nvdec.turn import processes_to_feed

_VIDEOS = tuple(name for name in EIGHT if name != "Megamind.avi")
"""Not MPEG-4, which NVDEC is not asked for."""

_LEAST_NVDEC = 95.0
_AT_ONCE = (8, 16, 32)
_QUICK_AT_ONCE = (8,)
_MINUTES_AN_ENGINE = 24
"""As videos of a minute, so that in the end no engine waits long for another one's last; some 36,000
frames, for which an engine takes between 20 seconds and a minute."""
_QUICK_MINUTES_AN_ENGINE = 2
_BYTES_PER_SECOND = 1.25e9
"""10 Gbit/s, as the smaller cloud machines with a GPU have."""
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Where:
    """What a run is to use.

    :param device: that the command is told.
    :param decoder: that every video has to be decoded by.
    :param engines: of it.
    """

    device: str
    decoder: str
    engines: int


@dataclass(frozen=True, slots=True)
class Level:
    """How much goes on at once in a run.

    :param at_once: videos.
    :param processes: that share them.
    """

    at_once: int
    processes: int

    def __str__(self) -> str:
        return f"{self.at_once} at once, {counted(self.processes, 'process', 'processes')}"


@dataclass(frozen=True, slots=True)
class GpuRun:
    """One command over all videos.

    :param unfed: see :func:`~benchmarks.gpu.feeding.unfed_shares`.
    :param model_idle: in words.
    """

    summary: RunSummary
    readings: Readings
    unfed: dict[str, float]
    model_idle: str


def run(context: Context) -> Outcome:
    """Shared videos and many of a minute in one command, with another ``--concurrency`` each time,
    and in as many processes as it takes to feed all engines.

    What they show must be what the CPU path shows: that is ``make test-gpu``.
    """
    device = need_gpu()
    engines = max((one.engines for one in capabilities(0) if one.supported), default=1)
    videos = [context.place.upload(context.video(name)) for name in _VIDEOS]
    minute = minutes_of_video(context.made_media, context.media, 1)
    each = _QUICK_MINUTES_AN_ENGINE if context.quick else _MINUTES_AN_ENGINE
    videos += context.place.copies(minute, each * engines)
    levels = _levels(_QUICK_AT_ONCE if context.quick else _AT_ONCE, processes_to_feed(engines))
    where = Where(device, "nvdec/", engines)
    context.place.s3.reset(bytes_per_second=_BYTES_PER_SECOND)
    rounds = alternated(
        context.repeats,
        {str(level): partial(measured, context, videos, level, where) for level in levels},
    )
    facts = [facts_of(video.path) for video in videos]
    frames = sum(one.frames for one in facts)
    hours = sum(one.frames * one.frame_seconds for one in facts) / 3600
    notes = [f"{len(videos)} videos, {frames} frames, {hours:.2f} h; {engines} NVDEC engines"]
    figures = []
    for level, runs in rounds.items():
        figures += level_figures(level, runs, frames=frames, hours=hours)
        notes += [f"{level}: model {one.model_idle}" for one in runs]
    return Outcome(figures, {}, notes)


def _levels(at_once: Sequence[int], processes: int) -> list[Level]:
    """In one process, and where one does not feed all engines, the most videos in several as well."""
    levels = [Level(videos, 1) for videos in at_once]
    return levels if processes == 1 else [*levels, Level(max(at_once), processes)]


def level_figures(level: str, runs: Sequence[GpuRun], *, frames: int, hours: float) -> list[Figure]:
    """Of all runs of a level; what NVDEC is not busy is put down to causes."""
    seconds = [one.summary.seconds for one in runs]
    busy = tuple(one.readings.decoder_percent() for one in runs)
    a_day = tuple(hours * _HOURS_A_DAY * 3600 / each for each in seconds)
    unfed = {cause: tuple(100 * one.unfed[cause] for one in runs) for cause in CAUSES}
    # The driver and the timeline have different clocks and ends.
    rest = tuple(
        max(0.0, 100 - own - sum(parts)) for own, *parts in zip(busy, *unfed.values(), strict=True)
    )
    return [
        Figure(level, "frames/s", tuple(frames / each for each in seconds)),
        Figure(f"{level}: video-hours a day a GPU", "h", a_day),
        Figure(f"{level}: NVDEC busy", "%", busy, at_least=_LEAST_NVDEC),
        *(
            Figure(f"{level}: NVDEC idle, {words}", "%", unfed[cause])
            for cause, words in CAUSES.items()
        ),
        Figure(f"{level}: NVDEC idle, though scans were at work", "%", rest),
        Figure(f"{level}: SM busy", "%", tuple(one.readings.sm_percent() for one in runs)),
    ]


def measured(context: Context, videos: list[Video], level: Level, where: Where) -> GpuRun:
    """One run, with the GPU watched.

    :raises WrongResultsError: a video was decoded elsewhere, or has not all of its frames.
    """
    place = context.place
    place.clear()
    name = f"gpu-{level.at_once}-{level.processes}"
    trace = place.out / f"{name}.trace.json"
    options = (
        *("--device", where.device, "--concurrency", str(level.at_once)),
        *("--processes", str(level.processes)),
    )
    readings = Readings()
    with sampled(readings):
        analysis = analyze(place, videos, name=name, options=options, trace=trace)
    for video in videos:
        printed = analysis.printed_of[video.address]
        if printed["frames"] != facts_of(video.path).frames:
            raise WrongResultsError(f"{video.name}: {printed['frames']} frames")
        if not str(printed["backend"]).startswith(where.decoder):
            raise WrongResultsError(f"{video.name}: decoded by {printed['backend']}")
    slices = read_trace(trace)
    return GpuRun(
        analysis.summary,
        readings,
        unfed_shares(slices, where.engines),
        idleness(slices).in_words(),
    )
