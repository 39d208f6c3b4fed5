"""The whole service on the GPU against ``--device cpu``, over the real videos."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpu_service.decode.cpu import open_video
from gpu_service.errors import InputError
from gpu_service.frames import Picture, UInt8Array
from tests.gpu.quality import psnr
from tests.gpu.videos import REAL, refusal
from tests.support.media import media

BUCKET = "thumbnails"

Result = dict[str, Any]


def analyze_all(
    paths: Sequence[Path], device: str, folder: Path, *options: str
) -> tuple[int, list[Result], str]:
    """The command's exit code, what it prints of each video, and what it says on stderr."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gpu_service", "analyze", *map(str, paths)),
            *("--local", "--json", "--device", device, *options),
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
    assert done.stdout, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, results, done.stderr


def analyze(path: Path, device: str, folder: Path) -> tuple[int, Result, str]:
    """The same of one video."""
    code, results, said = analyze_all([path], device, folder)
    return code, results[-1], said


def analyzed(path: Path, device: str, folder: Path) -> tuple[Result, list[bytes]]:
    """What the command prints, and the JPEG of each event."""
    code, result, said = analyze(path, device, folder)
    assert code == 0, said
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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", REAL)
def test_events_frames_and_pictures_are_those_of_the_cpu(name: str, tmp_path: Path) -> None:
    """What NVDEC refuses is refused under ``cuda``, and as good as on the CPU under ``auto``."""
    path = media(name)
    reason = refusal(path)
    cpu, cpu_jpegs = analyzed(path, "cpu", tmp_path / "cpu")
    if reason is not None:
        code, refused, said = analyze(path, "cuda", tmp_path / "cuda")
        assert code == InputError.exit_code, said
        assert refused["error"]["reason"] == "unsupported"
    gpu, gpu_jpegs = analyzed(path, "auto" if reason else "cuda", tmp_path / "gpu")

    assert gpu["device"].startswith("cuda")
    assert gpu["backend"].startswith("pyav/" if reason else "nvdec/")
    assert gpu["frames"] == cpu["frames"]
    for field in ("start_time", "end_time", "thumbnail_timestamp", "has_thumbnail"):
        assert [event[field] for event in gpu["events"]] == [
            event[field] for event in cpu["events"]
        ]
    times = [event["thumbnail_timestamp"] for event in cpu["events"]]
    for rgb, one, other in zip(pictures(path, times), gpu_jpegs, cpu_jpegs, strict=True):
        assert psnr(one, rgb) > psnr(other, rgb) - 1


@pytest.mark.timeout(600)
def test_several_processes_share_the_gpu(tmp_path: Path) -> None:
    paths = [path for path in map(media, REAL) if refusal(path) is None][:4]
    options = ("--concurrency", "4", "--processes")
    code, expected, said = analyze_all(paths, "cuda", tmp_path / "one", *options, "1")
    assert code == 0, said
    code, found, said = analyze_all(paths, "cuda", tmp_path / "two", *options, "2")
    assert code == 0, said
    events = {one["source"]: one["events"] for one in found}
    assert events == {one["source"]: one["events"] for one in expected}
    assert all(one["backend"].startswith("nvdec/") for one in found)
