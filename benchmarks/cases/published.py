"""The whole service over every real video: is each stored thumbnail the frame that ffmpeg shows?

Each row's JPEG is compared with the ffmpeg command line's frame at the row's
``thumbnail_timestamp``, put through the same encoder: the two files must be the same to the byte.
Where a neighbouring frame that differs gives those bytes too, the scene is so still that JPEG drops
the difference; that is counted and said.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.cli_frames import CliFrames
from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome
from benchmarks.s3.site import THUMBNAILS_BUCKET
from benchmarks.service import analyze
from gpu_service.decode.cpu import open_video
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import Picture

_NEIGHBOURS = (-2, -1, 1, 2)
_SAME_SECONDS = 1e-6
_QUICK = ("realshort.mp4", "goldeneye-vfr-drop3.mp4")


def run(context: Context) -> Outcome:
    """One ``analyze`` of all videos, ``verify``, then every thumbnail that was stored."""
    place = context.place
    paths = [context.video(name) for name in _QUICK] if context.quick else context.videos()
    videos = [place.upload(path) for path in paths]
    place.clear()
    place.s3.reset()
    printed = analyze(place, videos, name="published").printed
    place.start(["-m", "gpu_service", "verify"], name="verify").wait()
    right = total = still = 0
    notes = []
    for video in videos:
        events = printed[video.name]["events"]
        wrong, of_still = check_thumbnails(video.path, printed[video.name], place.s3.direct)
        notes += [f"{video.name}: {line}" for line in wrong]
        right, total, still = (
            right + len(events) - len(wrong),
            total + len(events),
            still + of_still,
        )
    notes.append(
        f"{right} of {total} in {len(videos)} videos; verify: sound; {still} of still scenes"
    )
    share = 100 * right / total
    name = "stored thumbnails that are ffmpeg's frame, to the byte"
    return Outcome([Figure(name, "%", (share,), at_least=100.0)], {"total": total}, notes)


def check_thumbnails(path: Path, result: dict[str, Any], client: Any) -> tuple[list[str], int]:
    """What is wrong with a video's stored thumbnails, a line each; how many are of still scenes."""
    stream, seconds = _frame_times(path)
    at = [event["thumbnail_timestamp"] for event in result["events"]]
    ordinals = [min(range(len(seconds)), key=lambda i: abs(seconds[i] - moment)) for moment in at]
    wanted = {0, *(i + step for i in ordinals for step in (0, *_NEIGHBOURS))}
    cli = CliFrames(path, stream, sorted(wanted & set(range(len(seconds)))))
    encoder = CpuJpegEncoder()
    wrong: list[str] = []
    still = 0
    for event, ordinal, moment in zip(result["events"], ordinals, at, strict=True):
        stored = client.get_object(Bucket=THUMBNAILS_BUCKET, Key=event["s3_thumbnail_key"])
        body = stored["Body"].read()
        middle = (event["start_time"] + event["end_time"]) / 2
        end = seconds[ordinal + 1] if ordinal + 1 < len(seconds) else result["duration"]
        frame = cli.rgb(ordinal)
        if not moment - _SAME_SECONDS <= middle < end + _SAME_SECONDS:
            wrong.append(f"{moment} s is not on screen at the midpoint {middle} s")
        elif frame is None or abs(seconds[ordinal] - moment) > _SAME_SECONDS:
            wrong.append(f"no frame at {moment} s")
        elif body != encoder.encode(Picture(frame, 0)):
            wrong.append(f"the thumbnail at {moment} s differs from ffmpeg's frame {ordinal}")
        still += any(
            (other := cli.rgb(ordinal + step)) is not None
            and frame is not None
            and not (other == frame).all()
            and body == encoder.encode(Picture(other, 0))
            for step in _NEIGHBOURS
        )
    return wrong, still


def _frame_times(path: Path) -> tuple[int, list[float]]:
    """The stream's index in the file, and each frame's seconds from the first."""
    with path.open("rb", buffering=0) as file:
        decoder = open_video(file, path.name)
        for _ in decoder.scan():
            pass
        times = decoder.times()
        decoder.close()
        return decoder.stream_index, [float(times.seconds(pts)) for pts in times.pts]
