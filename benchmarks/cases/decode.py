"""Decoding with the downscale to 48×27, against bare PyAV decoding of the same file."""

from __future__ import annotations

from math import ceil

from benchmarks.context import Context
from benchmarks.decode_speed import Speed, bare, measure, overall
from benchmarks.figures import Figure, Outcome
from benchmarks.long_media import repeated

_LEAST = 0.85
_QUICK = ("testvideo.mp4",)

_SHORT_FRAMES = 100
"""Of so short a video, what takes time is to begin: threads, filters, the first frame's buffers."""

_REPEATED_FRAMES = 500


def run(context: Context) -> Outcome:
    """Every shared video, and the first of ten alike; asked of each, short ones repeated as well."""
    paths = [context.video(name) for name in _QUICK]
    if not context.quick:
        kinds = {path.parent: path for path in reversed(context.videos())}
        paths = [path for path in context.videos() if path.parent == context.media]
        paths += [path for folder, path in kinds.items() if folder != context.media]
    longer = []
    for path in paths:
        frames = bare(path).frames
        if frames < _SHORT_FRAMES:
            times = ceil(_REPEATED_FRAMES / frames)
            longer.append(repeated(context.made_media, path, times))
    speeds = [measure(path, context.repeats) for path in paths]
    figures = [Figure("all, one frame of each", "×", (overall(speeds),))]
    figures += [_figure(one) for one in speeds]
    again = [measure(path, context.repeats) for path in longer]
    figures += [_figure(one) for one in again]
    cpu = {one.name: one.cpu_ratio for one in (*speeds, *again)}
    note = "ratio of CPU time, which does not depend on what else runs: " + ", ".join(
        f"{name} {ratio:.2f}" for name, ratio in cpu.items()
    )
    return Outcome(figures, {"cpu_ratio": cpu}, [note])


def _figure(speed: Speed) -> Figure:
    name = f"{speed.name} ({speed.width}×{speed.height}, {speed.frames} frames)"
    return Figure(name, "×", speed.wall_ratios, at_least=_LEAST)
