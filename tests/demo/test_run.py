"""The demo as a person runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.pipeline.conftest import draw_cuts

ELSEWHERE = {
    "AWS_PROFILE": "somebody",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}
"""What people have in their environments, and the demo must not follow."""


def run_demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpu_service", "demo", *words],
        cwd=folder,
        env=os.environ | {"COLUMNS": "120"} | ELSEWHERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


def test_a_video_of_one_s_own(tmp_path: Path) -> None:
    video = draw_cuts(tmp_path / "my holiday.mp4", colours=("20", "200"))
    done = run_demo(tmp_path, str(video))
    assert done.returncode == 0, done.stderr
    assert "00:00:01.200" in done.stdout
    assert "all sound" in done.stderr
    where = re.search(r"contact sheet: +(\S+)", done.stdout)
    assert where is not None
    assert Path(where[1]).read_bytes().startswith(b"\xff\xd8")
    thumbnails = re.search(r"thumbnails: +(\S+)", done.stdout)
    assert thumbnails is not None
    assert len(list(Path(thumbnails[1]).glob("event_*/frame_*.jpg"))) == 2


def test_a_video_that_is_not_there(tmp_path: Path) -> None:
    done = run_demo(tmp_path, "nowhere.mp4")
    assert done.returncode == 65
    assert done.stderr.splitlines() == ["gpu-service: object_missing: nowhere.mp4: no such file"]


def test_a_video_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    done = run_demo(tmp_path, "text.mp4")
    assert done.returncode == 65
    assert "not_a_video" in done.stderr
    assert "Traceback" not in done.stderr
