"""Decoding with the downscale to 48×27, against bare PyAV decoding of the same file."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.decode_speed import measure, overall
from benchmarks.figures import Figure, Outcome

_LEAST = 0.85
_QUICK = ("testvideo.mp4",)


def run(context: Context) -> Outcome:
    """Every shared video, and the first of ten alike; asked of each."""
    paths = [context.video(name) for name in _QUICK]
    if not context.quick:
        kinds = {path.parent: path for path in reversed(context.videos())}
        paths = [path for path in context.videos() if path.parent == context.media]
        paths += [path for folder, path in kinds.items() if folder != context.media]
    speeds = [measure(path, context.repeats) for path in paths]
    figures = [Figure("all, one frame of each", "×", (overall(speeds),))]
    figures += [
        Figure(f"{one.name} ({one.width}×{one.height})", "×", one.wall_ratios, at_least=_LEAST)
        for one in speeds
    ]
    cpu = {one.name: one.cpu_ratio for one in speeds}
    note = "ratio of CPU time, which does not depend on what else runs: " + ", ".join(
        f"{name} {ratio:.2f}" for name, ratio in cpu.items()
    )
    return Outcome(figures, {"cpu_ratio": cpu}, [note])
