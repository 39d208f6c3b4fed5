"""Memory, and cost per frame, against a video's length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, WrongResultsError
from benchmarks.long_media import FRAMES_A_MINUTE, minutes_of_video
from benchmarks.process import Finished
from benchmarks.service import analyze

_MINUTES = (1, 5, 10, 60)
_QUICK = (1, 2)
_MOST_GROWTH = 1.05
_MOST_BYTES = 1500.0
_WITHIN = 1.10
_NOTHING = "h265_video.mp4"
"""Ten frames: what a run of it takes is start-up."""


def run(context: Context) -> Outcome:
    """Each length by itself, in a process of its own; start-up is measured and taken off."""
    lengths = _QUICK if context.quick else _MINUTES
    taken: dict[int, list[dict[str, float]]] = {minutes: [] for minutes in lengths}
    for _ in range(context.repeats):
        start_up = _measured(context, None)
        for minutes in lengths:
            one = _measured(context, minutes)
            frames = minutes * FRAMES_A_MINUTE
            taken[minutes].append(
                {
                    "wall_ms": 1e3 * (one.wall_seconds - start_up.wall_seconds) / frames,
                    "cpu_ms": 1e3 * (one.cpu_seconds - start_up.cpu_seconds) / frames,
                    "peak_mb": one.peak_bytes / 1e6,
                }
            )
    return Outcome(_figures(taken), {"by_minutes": taken}, [_WORDS])


_WORDS = (
    "Each minute is the same: 20 s of an edited film and 40 s of fixed cameras, 1280×720, 25 "
    "frames/s, about 2 Mbit/s. Start-up (a run over ten frames) is taken off the cost per frame."
)


def _measured(context: Context, minutes: int | None) -> Finished:
    path = (
        context.video(_NOTHING)
        if minutes is None
        else minutes_of_video(context.made_media, context.media, minutes)
    )
    video = context.place.upload(path)
    context.place.s3.reset()
    analysis = analyze(context.place, [video], name=f"length-{minutes or 0}")
    frames = cast("int", analysis.printed[video.name]["frames"])
    if minutes is not None and frames != minutes * FRAMES_A_MINUTE:
        raise WrongResultsError(f"{frames} frames of {minutes * FRAMES_A_MINUTE}")
    return analysis.finished


def _figures(taken: Mapping[int, list[dict[str, float]]]) -> list[Figure]:
    def values(minutes: int, what: str) -> tuple[float, ...]:
        return tuple(one[what] for one in taken[minutes])

    def over(top: int, bottom: int, what: str) -> tuple[float, ...]:
        pairs = zip(values(top, what), values(bottom, what), strict=True)
        return tuple(a / b for a, b in pairs)

    lengths = sorted(taken)
    first, last = lengths[0], lengths[-1]
    # Memory is compared with a length at which every buffer has filled once.
    full = lengths[1] if len(lengths) > 2 else first
    figures = [
        Figure(
            f"peak memory, {last} against {full} min",
            "×",
            over(last, full, "peak_mb"),
            at_most=_MOST_GROWTH,
        ),
        Figure(f"peak memory, {last} min", "MB", values(last, "peak_mb"), at_most=_MOST_BYTES),
    ]
    for what, unit in (("wall_ms", "wall"), ("cpu_ms", "CPU")):
        figures.append(
            Figure(
                f"{unit} time a frame, {last} against {first} min",
                "×",
                over(last, first, what),
                at_most=_WITHIN,
            )
        )
    rows: list[tuple[str, str, str]] = [
        ("peak memory", "peak_mb", "MB"),
        ("wall time a frame", "wall_ms", "ms"),
        ("CPU time a frame", "cpu_ms", "ms"),
    ]
    for minutes in lengths:
        more: list[Any] = [
            Figure(f"{name}, {minutes} min", unit, values(minutes, what))
            for name, what, unit in rows
            if (name, minutes) != ("peak memory", last)
        ]
        figures += more
    return figures
