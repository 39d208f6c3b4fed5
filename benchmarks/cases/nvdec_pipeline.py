"""The whole pipeline on NVDEC's path, on a machine without a GPU."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, alternated, ratios
from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.devices import read_devices
from benchmarks.simulated.driver import STEADY
from benchmarks.simulated.feeding import STAND_IN, run_on_driver
from benchmarks.simulated.media import clip_frames, small_video
from benchmarks.simulated.plan import Found, Plan
from benchmarks.simulated.sweep import CODEC, plan_for

_SOURCE = "testvideo.mp4"
_REPEATS, _QUICK_REPEATS = 6, 1
"""Of 20 s, in each video."""

_AT_ONCE = 16
_BATCH_REPEATS = (3, 5, 7, 9)
"""In the videos of a batch, one after another: they do not end at the same time."""

_BATCH_OF_EACH = 32
"""So that start and end are a small part of a run."""

_LEAST_BUSY = 95.0
_LATENCY_MS = 5
_DEVICES, _QUICK_DEVICES = ("L4", "H100"), ("L4",)
_MOST_PROCESSES = 2
_WAYS = {
    "one process": (1, False),
    "one process on one core": (1, True),
    "two processes": (_MOST_PROCESSES, False),
}
"""How many, and whether held to one core."""


def run(context: Context) -> Outcome:
    """Sixteen videos at once through S3, cache, model, thumbnails and database: in one process on any
    core, in one on one core, and in two."""
    devices = read_devices()
    repeats = _QUICK_REPEATS if context.quick else _REPEATS
    video = small_video(context.made_media, context.video(_SOURCE), repeats)
    frames = clip_frames(repeats)
    keys = [f"videos/simulated/{number}.mp4" for number in range(_AT_ONCE)]
    sources = context.place.s3.serve(video, keys)
    figures = []
    for name in _QUICK_DEVICES if context.quick else _DEVICES:
        device = devices[name]
        plan = plan_for(device, sources, concurrency=_AT_ONCE, latency_ms=_LATENCY_MS, dilation=1.0)
        ways = {
            way: partial(
                run_on_driver,
                context.place,
                replace(plan, processes=processes),
                frames=frames,
                one_core=one_core,
            )
            for way, (processes, one_core) in _WAYS.items()
        }
        found = alternated(context.repeats, ways)
        said = f"{name}, {device.engines} engines of {device.frames_per_second[CODEC]:.0f} frames/s"
        for way, runs in found.items():
            figures += _figures(f"{said}, {way}", runs)
        rates = {way: [one.frames_per_second for one in runs] for way, runs in found.items()}
        faster = ratios(rates["two processes"], rates["one process"])
        figures.append(Figure(f"{said}: two processes to one", "×", faster))
    if not context.quick:
        figures += _batch_figures(context, plan, said)
    context.place.s3.reset()
    notes = [
        STAND_IN,
        f"{_AT_ONCE} videos of {frames} frames at once, packets of 5 Mbit/s, a cut every 150 frames",
        "two processes, as there are two cores here; their CPU includes opening and closing",
        "start and end: the first tenth of the pictures and the last; a run is some 25 s",
        "NVDEC is busy with midpoints that are decoded again as well",
        "the model and JPEGs take the table's time; database, S3 and its proxy share this machine",
    ]
    return Outcome(figures, {}, notes)


def _batch_figures(context: Context, plan: Plan, said: str) -> list[Figure]:
    """Of many videos of different lengths, in two processes; once, as it is long."""
    sources, frames = [], []
    for number in range(_BATCH_OF_EACH):
        for repeats in _BATCH_REPEATS:
            video = small_video(context.made_media, context.video(_SOURCE), repeats)
            sources += context.place.s3.serve(video, [f"videos/batch/{number}_{repeats}.mp4"])
            frames.append(clip_frames(repeats))
    batch = replace(plan, sources=tuple(sources), processes=_MOST_PROCESSES)
    found = run_on_driver(context.place, batch, frames=frames)
    return _figures(f"{said}, a batch of {len(sources)}", [found], at_least=_LEAST_BUSY)


def _figures(what: str, runs: list[Found], *, at_least: float | None = None) -> list[Figure]:
    """:param at_least: what is asked of the whole run."""
    steady = tuple(100 * one.engine_shares[STEADY] for one in runs)
    whole = tuple(100 * one.engine_shares[BUSY] for one in runs)
    scanned = tuple(one.frames_per_second for one in runs)
    cost = tuple(one.host_microseconds_per_frame for one in runs)
    return [
        Figure(f"{what}: NVDEC busy, start and end left out", "%", steady),
        Figure(f"{what}: NVDEC busy, the whole run", "%", whole, at_least=at_least),
        Figure(f"{what}: scanned", "frames/s", scanned),
        Figure(f"{what}: CPU a frame", "µs", cost),
    ]
