"""The command wired as for CUDA, against the CPU path on videos of the same pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg

from gpu_service.detect.cuda.detector import ALGORITHM
from tests.decode.clips import CLIPS, draw
from tests.decode.nvdec.videos import VIDEOS, stamps_as_shown
from tests.nvdec_driver.stamp import drawn
from tests.pipeline.conftest import Outcome, Place
from tests.pipeline.on_driver.wiring import wire
from tests.support.ffmpeg import ffmpeg

FRAMES = 150
NAMES = ("mp4-open-gop", "hevc-open-gop")

REFERENCE = {"GPU_SERVICE_DETECT_MODE": "reference"}
DEFAULT: dict[str, str] = {}
SETTINGS = {
    # What the surfaces show flickers: to the model a cut here and there.
    "GPU_SERVICE_MIN_EVENT_SECONDS": "0.1",
    "GPU_SERVICE_THRESHOLD": "0.2",
}


def twin(path: Path, like: Path, size: str) -> Path:
    """A video of what the driver's surfaces show, for the CPU to decode."""
    width, height = map(int, size.split("x"))
    surfaces = [drawn(stamp, width, height).numpy() for stamp in stamps_as_shown(like)]
    ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "nv12", "-s", size, "-r", "25", "-i", "-"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-qp", "0", str(path)),
        stdin=np.stack(surfaces).tobytes(),
    )
    return path


def pictures(place: Place, result: dict[str, Any]) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    return [
        simplejpeg.decode_jpeg(
            place.s3.get_object(Bucket=place.thumbnails, Key=event["s3_thumbnail_key"])[
                "Body"
            ].read()
        )
        for event in result["events"]
    ]


def analysed(place: Place, videos: list[Path], session: str, mode: dict[str, str]) -> Outcome:
    sources = [
        place.upload(f"videos/session_{session}/video_{session}{number}.mp4", video)
        for number, video in enumerate(videos)
    ]
    done = place.analyze("--concurrency", "2", *sources, **SETTINGS, **mode)
    assert done.code == 0, done.errors
    done.results.sort(key=lambda result: result["video_id"])
    return done


# CPUs that know no half precision take five times as long for it.
@pytest.mark.timeout(550)
def test_events_and_thumbnails_are_those_of_the_cpu(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos, twins = [], []
    for name in NAMES:
        (tmp_path / name).mkdir()
        clip = replace(VIDEOS[name], frames=FRAMES)
        videos.append(draw(clip, tmp_path / name))
        twins.append(twin(tmp_path / f"{name}-twin.mp4", videos[-1], clip.size))
    # NVDEC's stand-in takes none of this: the CPU decodes for the same batches.
    videos.append(draw(replace(CLIPS["mp4-mpeg4"], frames=FRAMES), tmp_path))
    twins.append(videos[-1])
    on_the_cpu = analysed(place, twins, "1", REFERENCE)

    models = wire(monkeypatch)
    for session, mode in (("2", REFERENCE), ("3", DEFAULT)):
        on_nvdec = analysed(place, videos, session, mode)
        assert [result["backend"] for result in on_nvdec.results] == [
            "nvdec/h264",
            "nvdec/hevc",
            "pyav/mpeg4",
        ]
        assert [len(result["events"]) > 5 for result in on_nvdec.results] == [True] * 3
        for result, wanted in zip(on_nvdec.results, on_the_cpu.results, strict=True):
            same(place, result, wanted)
    assert place.run("verify").code == 0

    exact, half = models
    assert exact.rescored_frames == 0
    threshold = SETTINGS["GPU_SERVICE_THRESHOLD"]
    assert half.fingerprint == f"{exact.fingerprint}/{ALGORITHM}/{threshold}"
    assert 0 < half.rescored_frames < FRAMES * len(videos)


def same(place: Place, result: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert wanted["backend"].startswith("pyav/")
    assert result["frames"] == FRAMES
    for field in ("start_time", "end_time", "thumbnail_timestamp", "has_thumbnail"):
        assert [event[field] for event in result["events"]] == pytest.approx(
            [event[field] for event in wanted["events"]]
        )
    for ours, theirs in zip(pictures(place, result), pictures(place, wanted), strict=True):
        assert np.abs(ours.astype(int) - theirs).mean() < 1
