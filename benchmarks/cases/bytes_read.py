"""How many bytes of an object are read, counted by the service and by the proxy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
    worst_notes = []
    for name, paths in (
        (f"{minutes} min, index at the end", made[:1]),
        (f"{minutes} min, index at the start", made[1:]),
        ("the worst of the shared videos", short),
    ):
        said, passed = [], []
        for _ in range(context.repeats):
            by_service, by_proxy = _ratios(context, paths)
            said.append(max(by_service.values()))
            passed.append(max(by_proxy.values()))
        figures.append(Figure(f"{name}: as the service says", "×", tuple(said), at_most=_MOST))
        figures.append(Figure(f"{name}: as the proxy counts", "×", tuple(passed), at_most=_MOST))
        worst_notes += [
            f"{video}: {ratio:.3f} of its bytes"
            for video, ratio in by_proxy.items()
            if ratio > _MOST
        ]
    return Outcome(figures, {"sizes": [path.stat().st_size for path in made]}, worst_notes)


def _ratios(context: Context, paths: Sequence[Path]) -> tuple[dict[str, float], dict[str, float]]:
    """Bytes read / size of each object, by the service and by the proxy."""
    place = context.place
    videos = [place.upload(path) for path in paths]
    place.clear()
    place.s3.reset()
    printed = analyze(place, videos, name="bytes").printed
    counts = place.s3.counts()
    return (
        {name: one["bytes_read"] / one["object_size"] for name, one in printed.items()},
        {v.name: counts.bytes_read(v.key) / v.path.stat().st_size for v in videos},
    )
