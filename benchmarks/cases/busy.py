"""How busy the model is while videos compete for it, and on what else it waited."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chrome_trace import busy_share, read_trace
from benchmarks.context import Context
from benchmarks.figures import Figure, NotToBeHadError, Outcome
from benchmarks.service import analyze

EIGHT = (
    "testvideo.mp4",
    "traffic_camera.mp4",
    "bottle-detection.mp4",
    "car-detection.mp4",
    "nasa_13013.mp4",
    "Megamind.avi",
    "goldeneye-vfr-drop3.mp4",
    "issue-134-rotate.mp4",
)
_LEAST_SHARE = 95.0
_QUICK = ("realshort.mp4", "Megamind.avi", "goldeneye-vfr-drop3.mp4")


def run(context: Context) -> Outcome:
    """Eight videos at once; the share comes from the timeline, and from the run's own summary."""
    names = _QUICK if context.quick else EIGHT
    videos = [context.place.upload(context.video(name)) for name in names]
    context.place.s3.reset()
    trace = context.place.out / "busy.trace.json"
    shares, said = [], []
    stages: dict[str, dict[str, float]] = {}
    for _ in range(context.repeats):
        options = ("--concurrency", str(len(videos)))
        analysis = analyze(context.place, videos, name="busy", options=options, trace=trace)
        if analysis.summary is None or analysis.summary.occupancy is None:
            raise NotToBeHadError("the service says nothing of its run")
        shares.append(100 * busy_share(read_trace(trace)))
        said.append(100 * analysis.summary.occupancy)
        stages = analysis.summary.stages
    figures = [
        Figure("model busy, from the timeline", "%", tuple(shares), at_least=_LEAST_SHARE),
        Figure("model busy, as the run says", "%", tuple(said)),
    ]
    return Outcome(figures, {"stages": stages, "trace": Path(trace).name})
