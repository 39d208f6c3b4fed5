"""The same videos, more and more of them at once."""

from __future__ import annotations

from functools import partial

from benchmarks.cases.busy import EIGHT
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, NotToBeHadError, Outcome, alternated
from benchmarks.place import Video
from benchmarks.service import analyze

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
        {str(level): partial(_run, context, videos, level) for level in levels},
    )
    figures = []
    by_level = {}
    for level in levels:
        found = rounds[str(level)]
        rates = tuple(frames / seconds for seconds, _ in found)
        shares = tuple(100 * share for _, share in found)
        figures.append(Figure(f"{level} at once", "frames/s", rates))
        figures.append(Figure(f"{level} at once, model busy", "%", shares))
        by_level[level] = {"frames_per_second": rates, "busy_percent": shares}
    return Outcome(figures, {"by_level": by_level}, [f"{len(videos)} videos, {frames} frames"])


def _run(context: Context, videos: list[Video], level: int) -> tuple[float, float]:
    options = ("--concurrency", str(level))
    analysis = analyze(context.place, videos, name=f"at-once-{level}", options=options)
    summary = analysis.summary
    if summary is None or summary.seconds is None or summary.occupancy is None:
        raise NotToBeHadError("the service says nothing of its run")
    return summary.seconds, summary.occupancy
