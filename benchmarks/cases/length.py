"""Memory, and cost per frame, against a video's length."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, WrongResultsError, ratios
from benchmarks.long_media import FRAMES_A_MINUTE, minutes_of_video
from benchmarks.service import Analysis, analyze

_MINUTES = (1, 5, 10, 60)
_QUICK = (1, 2)
_MOST_GROWTH = 1.05
_MOST_MEGABYTES = 1500.0
_WITHIN = 1.10
_NOTHING = "h265_video.mp4"
"""Ten frames: what a run of it takes is what every video takes once."""
_COMPARED_SECONDS = 30.0
_WORDS = (
    "Each minute is the same: 20 s of an edited film and 40 s of fixed cameras, 1280×720, 25 "
    "frames/s, about 2 Mbit/s. What a video of ten frames takes is taken off the cost per frame. "
    "A round runs the lengths upwards, then all but the longest downwards; of a length's two runs "
    "the mean counts, for memory the larger."
)

Taken = Mapping[str, float]
"""``wall_ms`` and ``cpu_ms`` a frame, ``peak_mb``."""


def run(context: Context) -> Outcome:
    """Each length by itself, in a process of its own."""
    lengths = _QUICK if context.quick else _MINUTES
    rounds: dict[int, list[Taken]] = {minutes: [] for minutes in lengths}
    for _ in range(context.repeats):
        for minutes, taken in _round(context, lengths).items():
            rounds[minutes].append(taken)
    return Outcome(_figures(rounds), {"by_minutes": rounds}, [_WORDS])


def _round(context: Context, lengths: Sequence[int]) -> dict[int, Taken]:
    """Upwards and downwards: a machine that grows slower meets all lengths alike."""
    nothing = _analyzed(context, None)
    runs: dict[int, list[Analysis]] = {}
    for minutes in (*lengths, *reversed(lengths[:-1])):
        runs.setdefault(minutes, []).append(_analyzed(context, minutes))
        _check(runs, minutes)
    found: dict[int, Taken] = {}
    for minutes, some in runs.items():
        frames = minutes * FRAMES_A_MINUTE
        wall = statistics.mean(one.summary.seconds for one in some) - nothing.summary.seconds
        cpu = statistics.mean(one.finished.cpu_seconds for one in some)
        found[minutes] = {
            "wall_ms": 1e3 * wall / frames,
            "cpu_ms": 1e3 * (cpu - nothing.finished.cpu_seconds) / frames,
            "peak_mb": max(one.finished.peak_bytes for one in some) / 1e6,
        }
    return found


def _analyzed(context: Context, minutes: int | None) -> Analysis:
    path = (
        context.video(_NOTHING)
        if minutes is None
        else minutes_of_video(context.made_media, context.media, minutes)
    )
    place = context.place
    video = place.upload(path)
    place.clear()
    place.s3.reset()
    return analyze(place, [video], name=f"length-{minutes or 0}")


def _check(runs: Mapping[int, Sequence[Analysis]], minutes: int) -> None:
    """Every frame is there, and the first half minute has the events that it has everywhere.

    :raises WrongResultsError: it is not so.
    """
    (result,) = runs[minutes][-1].printed.values()
    wanted = minutes * FRAMES_A_MINUTE
    if result["frames"] != wanted:
        raise WrongResultsError(f"{minutes} min: {result['frames']} frames of {wanted}")
    (first,) = next(iter(runs.values()))[0].printed.values()
    if _early(result["events"]) != _early(first["events"]):
        raise WrongResultsError(f"{minutes} min begins with other events than the shortest video")


def _early(events: Sequence[Mapping[str, float]]) -> list[tuple[float, float]]:
    spans = [(event["start_time"], event["end_time"]) for event in events]
    return [span for span in spans if span[1] < _COMPARED_SECONDS]


def _figures(rounds: Mapping[int, Sequence[Taken]]) -> list[Figure]:
    def values(minutes: int, what: str) -> tuple[float, ...]:
        return tuple(one[what] for one in rounds[minutes])

    lengths = sorted(rounds)
    first, last = lengths[0], lengths[-1]
    # Memory is compared with a length at which every buffer has filled once.
    full = lengths[1] if len(lengths) > 2 else first
    growth = ratios(values(last, "peak_mb"), values(full, "peak_mb"))
    figures = [
        Figure(f"peak memory, {last} against {full} min", "×", growth, at_most=_MOST_GROWTH),
        Figure(f"peak memory, {last} min", "MB", values(last, "peak_mb"), at_most=_MOST_MEGABYTES),
    ]
    for what, name in (("wall_ms", "wall"), ("cpu_ms", "CPU")):
        growth = ratios(values(last, what), values(first, what))
        figures.append(
            Figure(f"{name} time a frame, {last} against {first} min", "×", growth, at_most=_WITHIN)
        )
    for minutes in lengths:
        if minutes != last:
            figures.append(Figure(f"peak memory, {minutes} min", "MB", values(minutes, "peak_mb")))
        figures += [
            Figure(f"wall time a frame, {minutes} min", "ms", values(minutes, "wall_ms")),
            Figure(f"CPU time a frame, {minutes} min", "ms", values(minutes, "cpu_ms")),
        ]
    return figures
