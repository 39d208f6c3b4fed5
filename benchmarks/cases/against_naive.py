"""The service against the design that it replaces, end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.agreement import differences
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import Figure, Outcome, WrongResultsError, alternated, ratios
from benchmarks.place import Video
from benchmarks.rivals.base import Attempt, Span
from benchmarks.rivals.naive import Naive
from benchmarks.rivals.ours import Ours

FIXED_CAMERA = ("car-detection.mp4", "traffic_camera.mp4", "bottle-detection.mp4")
_QUICK = ("realshort.mp4", "Megamind.avi", "h265_video.mp4")
_WARM_UP = "h265_video.mp4"


def run(context: Context, which: str, least: str) -> Outcome:
    """Both ways over the same videos, in turns; each round's events are compared.

    :param which: ``batch``, ``fixed-camera`` or ``transnet-test``.
    :param least: how many times faster it must be.
    """
    videos = [context.place.upload(path) for path in _chosen(context, which)]
    context.place.s3.reset()
    ours, naive = Ours(), Naive()
    warm_up = [context.place.upload(context.video(_WARM_UP))]
    for rival in (ours, naive):
        # Libraries and weights come from the disk the first time.
        rival.run(context.place, warm_up, log=f"{which}-warm-up-{rival.name}")

    def check(found: Mapping[str, Attempt]) -> None:
        _verify(videos, found["ours"], found["naive"])

    rounds = alternated(
        context.repeats,
        {
            "naive": lambda: naive.run(context.place, videos, log=f"{which}-naive"),
            "ours": lambda: ours.run(context.place, videos, log=f"{which}-ours"),
        },
        check,
    )
    return _outcome(videos, rounds["ours"], rounds["naive"], float(least))


def _chosen(context: Context, which: str) -> list[Path]:
    if which == "fixed-camera":
        return [context.video(name) for name in FIXED_CAMERA]
    if which == "transnet-test":
        return [context.video("transnet_test.mp4")]
    return [context.video(name) for name in _QUICK] if context.quick else context.videos()


def _verify(videos: Sequence[Video], ours: Attempt, naive: Attempt) -> None:
    lengths = {video.name: facts_of(video.path).frame_seconds for video in videos}
    wrong = differences(ours.events, _true_times(videos, naive), lengths)
    for name, events in ours.events.items():
        if ours.pictures[name] != len(events):
            wrong.append(f"{name}: {ours.pictures[name]} thumbnails of {len(events)} events")
    if wrong:
        raise WrongResultsError("; ".join(wrong))


def _true_times(videos: Sequence[Video], naive: Attempt) -> dict[str, list[Span]]:
    """When the frames really are that naive found its events in.

    The model saw them at the even rate of the ffmpeg command line; the times that naive stores are
    its frame numbers over the rate that OpenCV says.
    """
    times = {}
    for video in videos:
        step = facts_of(video.path).even_frame_seconds
        times[video.name] = [(first * step, end * step) for first, end in naive.frames[video.name]]
    return times


def _outcome(
    videos: Sequence[Video], ours: list[Attempt], naive: list[Attempt], least: float
) -> Outcome:
    whole = tuple(one.seconds for one in ours), tuple(one.seconds for one in naive)
    work = tuple(one.work_seconds for one in ours), tuple(one.work_seconds for one in naive)
    figures = [
        # What is asked is said of the design's work, which the measure of naive is without start-up.
        Figure("naive / ours, start-up left out", "×", ratios(work[1], work[0]), at_least=least),
        Figure("naive / ours, whole command", "×", ratios(whole[1], whole[0])),
        Figure("ours, whole command", "s", whole[0]),
        Figure("naive, whole command", "s", whole[1]),
        Figure("ours, start-up left out", "s", work[0]),
        Figure("naive, start-up left out", "s", work[1]),
        Figure("ours, CPU", "s", tuple(one.finished.cpu_seconds for one in ours)),
        Figure("naive, CPU", "s", tuple(one.finished.cpu_seconds for one in naive)),
        Figure("ours, peak memory", "MB", tuple(one.finished.peak_bytes / 1e6 for one in ours)),
        Figure("naive, peak memory", "MB", tuple(one.finished.peak_bytes / 1e6 for one in naive)),
    ]
    frames = sum(facts_of(video.path).frames for video in videos)
    events = sum(len(found) for found in ours[0].events.values())
    missing = {
        name: len(found) - naive[0].pictures[name]
        for name, found in naive[0].events.items()
        if naive[0].pictures[name] != len(found)
    }
    notes = [f"{len(videos)} videos, {frames} frames, {events} events, the same in every round"]
    lengths = {video.name: facts_of(video.path).frame_seconds for video in videos}
    shifted = differences(naive[0].events, _true_times(videos, naive[0]), lengths)
    if shifted:
        notes.append(f"times that naive stores wrong (frame number / rate): {'; '.join(shifted)}")
    if missing:
        notes.append(f"thumbnails that naive's OpenCV could not read: {missing}")
    return Outcome(figures, {"frames": frames, "events": events}, notes)
