"""Where the real videos lie: ``GPU_SERVICE_TEST_MEDIA``, else ``../shared/media`` if it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REFERENCED = (
    *("Megamind.avi", "av1_video.mkv", "bottle-detection.mp4", "car-detection.mp4", "fades.mp4"),
    *("goldeneye-vfr-drop3.mp4", "h264_10bits.mp4", "h265_video.mp4", "issue-134-rotate.mp4"),
    *("nasa_13013.mp4", "realshort.mp4", "testvideo.mp4", "traffic_camera.mp4"),
    "transnet_test.mp4",
)
"""The real videos whose scores by the official implementation are there too."""

SINGLE_SHOTS = tuple(
    f"asl/asl-{word}.mkv"
    for word in ("again", "eat", "help", "hungry", "learn", "milk", "night", "no", "sorry", "walk")
)
"""One shot of a person each, of full-range samples."""

_DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "media"


def media_folder() -> Path | None:
    """The folder, or None where this machine has none."""
    folder = Path(os.environ.get("GPU_SERVICE_TEST_MEDIA", _DEFAULT))
    return folder if folder.is_dir() else None


def media(name: str) -> Path:
    """A real video; skips the test where the videos are absent, fails it where CI demands them."""
    folder = media_folder()
    if folder is None or not (folder / name).exists():
        message = f"{name} is absent; set GPU_SERVICE_TEST_MEDIA to the folder of real videos"
        if os.environ.get("GPU_SERVICE_TEST_REQUIRE"):
            pytest.fail(message)
        pytest.skip(message)
    return folder / name
