"""The same videos, more and more of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from benchmarks.cases.busy import EIGHT
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, Outcome, WrongResultsError, alternated
from benchmarks.place import Video
from benchmarks.run_summary import RunSummary
from benchmarks.service import Analysis, analyze

_MORE = (
    "fades.mp4",
    "asl/asl-again.mkv",
    "asl/asl-eat.mkv",
    "asl/asl-help.mkv",
    "asl/asl-milk.mkv",
    "asl/asl-no.mkv",
    "asl/asl-walk.mkv",
    "realshort.mp4",
)
_AT_ONCE = (1, 2, 4, 8, 16)
_QUICK = (1, 2)


def run(context: Context) -> Outcome:
    """One command over 16 videos, with another ``--concurrency`` each time."""
    names = _MORE if context.quick else (*EIGHT, *_MORE)
    videos = [context.place.upload(context.video(name)) for name in names]
    frames = sum(facts_of(video.path).frames for video in videos)
    levels = _QUICK if context.quick else _AT_ONCE
    context.place.s3.reset()
    rounds = alternated(
        context.repeats,
        {str(level): partial(_measured, context, videos, level) for level in levels},
        _check,
    )
    figures = []
    by_level = {}
    for level in levels:
        runs = rounds[str(level)]
        summaries: list[RunSummary] = [one.summary for one in runs]
        rates = tuple(frames / one.seconds for one in summaries)
        shares = tuple(100 * (one.occupancy or 0) for one in summaries)
        batches = tuple(one.windows_a_batch or 0 for one in summaries)
        peaks = tuple(one.finished.peak_bytes / 1e6 for one in runs)
        figures += [
            Figure(f"{level} at once", "frames/s", rates),
            Figure(f"{level} at once, model busy", "%", shares),
            Figure(f"{level} at once, windows a batch", "", batches),
            Figure(f"{level} at once, peak memory", "MB", peaks),
        ]
        by_level[level] = {"frames_per_second": rates, "busy_percent": shares}
    return Outcome(figures, {"by_level": by_level}, [f"{len(videos)} videos, {frames} frames"])


def _check(results: Mapping[str, Analysis]) -> None:
    """Every event is there whatever ran beside its video.

    :raises WrongResultsError: it is not so.
    """
    found = {
        level: {name: one["events"] for name, one in analysis.printed.items()}
        for level, analysis in results.items()
    }
    first, *others = found
    for level in others:
        if found[level] != found[first]:
            raise WrongResultsError(f"{level} at once give other events than {first} at once")


def _measured(context: Context, videos: list[Video], level: int) -> Analysis:
    context.place.clear()
    options = ("--concurrency", str(level))
    return analyze(context.place, videos, name=f"at-once-{level}", options=options)
