"""The model's fast mode against its reference mode, on one CPU thread."""

from __future__ import annotations

from benchmarks.compose import compose
from benchmarks.context import Context
from benchmarks.fast_mode import LEAST_F1, both_modes, detector_frames, sums
from benchmarks.figures import Figure, Outcome
from benchmarks.modes import NOTICED, Comparison, compare_modes

_SEED = 1
_QUICK = ("testvideo.mp4", "bottle-detection.mp4")


def run(context: Context) -> Outcome:
    """Every shared video and one composed video of each kind; together, and kind by kind."""
    paths = [context.video(name) for name in _QUICK] if context.quick else context.videos()
    videos = {path.name: detector_frames(path) for path in paths}
    work = list(videos.items())
    if not context.quick:
        work += [(video.kind, video.rgb) for video in compose(videos, _SEED)]
    fast, reference = both_modes()
    results = [compare_modes(name, rgb, fast, reference) for name, rgb in work]
    figures = []
    for group in sums(results):
        figures += _figures(group)
    by_video = {
        one.name: {"f1": one.boundaries.f1, "quiet": one.quiet_frames / one.frames}
        for one in results
    }
    return Outcome(figures, {"videos": by_video})


def _figures(group: Comparison) -> list[Figure]:
    f1, peak = (group.boundaries.f1,), (group.quiet_peak,)
    return [
        Figure(f"{group.name}: boundaries, F1", "", f1, at_least=LEAST_F1),
        Figure(f"{group.name}: highest reference score of quiet", "", peak, at_most=NOTICED),
        Figure(f"{group.name}: CPU time of the reference / fast", "×", (group.ratio,)),
    ]
