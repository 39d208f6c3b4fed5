"""How many bytes of an object are read, counted by the service and by the proxy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome
from benchmarks.long_media import minutes_of_video
from benchmarks.service import analyze

_MOST = 1.02
_MINUTES = 5
"""73 MB, more than the read cache of 64 MiB holds."""


def run(context: Context) -> Outcome:
    """Videos of every kind; the figure is the worst object's."""
    minutes = 1 if context.quick else _MINUTES
    made = [
        minutes_of_video(context.made_media, context.media, minutes, index_first=first)
        for first in (False, True)
    ]
    short = [context.video("testvideo.mp4")] if context.quick else context.videos()
    figures = []
    for name, paths in (
        (f"{minutes} min, index at the end", made[:1]),
        (f"{minutes} min, index at the start", made[1:]),
        ("worst of the shared videos", short),
    ):
        said, passed = zip(*(_ratios(context, paths) for _ in range(context.repeats)), strict=True)
        figures.append(Figure(f"{name}: as the service says", "×", said, at_most=_MOST))
        figures.append(Figure(f"{name}: as the proxy counts", "×", passed, at_most=_MOST))
    return Outcome(figures, {"sizes": [path.stat().st_size for path in made]})


def _ratios(context: Context, paths: Sequence[Path]) -> tuple[float, float]:
    """The worst object's ratio by the service's count; all objects' together by the proxy's."""
    videos = [context.place.upload(path) for path in paths]
    context.place.s3.reset()
    analysis = analyze(context.place, videos, name="bytes")
    counted = context.place.s3.counts().raw_bytes_read
    worst = max(
        cast("int", one["bytes_read"]) / cast("int", one["object_size"])
        for one in analysis.printed.values()
    )
    return worst, counted / sum(path.stat().st_size for path in paths)
