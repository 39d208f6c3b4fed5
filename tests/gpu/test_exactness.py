"""The whole service with ``--device cuda`` against ``--device cpu``, over the real videos."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpu_service.decode.cpu import open_video
from gpu_service.device import resolve_device
from gpu_service.errors import SettingsError
from gpu_service.frames import Picture, UInt8Array
from tests.gpu.quality import psnr
from tests.support.media import REFERENCED, media

BUCKET = "thumbnails"


@pytest.fixture(scope="module", autouse=True)
def _wired() -> None:
    try:
        resolve_device("cuda")
    except SettingsError as error:
        pytest.skip(str(error))


def analysed(path: Path, device: str, folder: Path) -> tuple[dict[str, Any], list[bytes]]:
    """What the command prints, and the JPEG of each event."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gpu_service", "analyze", str(path)),
            *("--local", "--json", "--device", device),
        ],
        env={
            **os.environ,
            "GPU_SERVICE_LOCAL_DIR": str(folder),
            "GPU_SERVICE_THUMBNAILS_BUCKET": BUCKET,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    objects = folder / "objects" / BUCKET
    return result, [
        (objects / event["s3_thumbnail_key"]).read_bytes() for event in result["events"]
    ]


def pictures(path: Path, seconds: list[float]) -> list[UInt8Array]:
    """The frames at these times, by the CPU's decoder."""
    with io.FileIO(path) as file:
        decoder = open_video(file, path.name)
        try:
            pts = np.concatenate([chunk.pts for chunk in decoder.scan()])
            times = (pts - pts[0]) * float(decoder.time_base)
            found = [decoder.picture(int(pts[np.abs(times - one).argmin()])) for one in seconds]
        finally:
            decoder.close()
    return [picture.rgb for picture in found if isinstance(picture, Picture)]


@pytest.mark.parametrize("name", REFERENCED)
def test_events_frames_and_pictures_are_those_of_the_cpu(name: str, tmp_path: Path) -> None:
    path = media(name)
    cpu, cpu_jpegs = analysed(path, "cpu", tmp_path / "cpu")
    cuda, cuda_jpegs = analysed(path, "cuda", tmp_path / "cuda")

    assert cuda["device"].startswith("cuda")
    assert cuda["frames"] == cpu["frames"]
    for field in ("start_time", "end_time", "thumbnail_timestamp", "has_thumbnail"):
        assert [event[field] for event in cuda["events"]] == [
            event[field] for event in cpu["events"]
        ]
    times = [event["thumbnail_timestamp"] for event in cpu["events"]]
    for rgb, one, other in zip(pictures(path, times), cuda_jpegs, cpu_jpegs, strict=True):
        assert psnr(one, rgb) > psnr(other, rgb) - 1
