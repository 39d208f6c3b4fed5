"""What surfaces do not say: colours, orientation and the shape of pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpu_service.frames import DevicePicture, Picture, UInt8Array
from gpu_service_kernels.surface_to_detector import surface_to_detector
from gpu_service_kernels.surface_to_rgb import surface_to_rgb
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import stamps_as_shown
from tests.decode.opened import picture_at, scanned
from tests.nvdec_driver.stamp import drawn
from tests.support.ffmpeg import ffmpeg

_SHOWN = 9


def first_frames_and_picture(path: Path) -> tuple[UInt8Array, Picture]:
    with on_nvdec(path) as decoder:
        rgb = next(chunk.on_host().rgb for chunk in [*decoder.scan(48)])
        picture = decoder.picture(decoder.times().pts[_SHOWN])
    assert isinstance(picture, DevicePicture)
    return rgb, picture.on_host()


@pytest.mark.parametrize(("tag", "matrix"), [(1, "bt709"), (5, "bt601"), (9, "bt2020")])
@pytest.mark.parametrize("full_range", [False, True])
def test_tagged_colours(
    video: ClipPath, tmp_path: Path, tag: int, matrix: str, full_range: bool
) -> None:
    path = tmp_path / "a.mp4"
    tags = f"h264_metadata=matrix_coefficients={tag}:video_full_range_flag={int(full_range)}"
    ffmpeg("-i", str(video("mp4")), "-c", "copy", "-bsf:v", tags, str(path))
    rgb, picture = first_frames_and_picture(path)
    surface = drawn(stamps_as_shown(path)[_SHOWN], 64, 48)
    (seen,) = surface_to_detector(
        surface[None], width=64, height=48, matrix=matrix, full_range=full_range
    )
    assert np.array_equal(rgb[_SHOWN], seen.numpy())
    shown = surface_to_rgb(surface, width=64, height=48, matrix=matrix, full_range=full_range)
    assert np.array_equal(picture.rgb, shown.numpy())


@pytest.mark.parametrize("mirror", [[], ["-display_hflip"], ["-display_vflip"]])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_pictures_are_upright(
    video: ClipPath, tmp_path: Path, angle: int, mirror: list[str]
) -> None:
    path = tmp_path / "a.mp4"
    turned = ["-display_rotation", str(angle), *mirror]
    ffmpeg(*turned, "-i", str(video("mp4")), "-c", "copy", str(path))
    with scanned(path) as on_cpu:
        expected = picture_at(on_cpu, on_cpu.times().pts[_SHOWN])
    _, picture = first_frames_and_picture(path)
    assert picture.rgb.shape == expected.rgb.shape
    # The stamp shows which corner is which.
    _, plain = first_frames_and_picture(video("mp4"))
    marked = np.argwhere((picture.rgb != plain.rgb[20, 20]).any(2))
    down, right = (
        bool((marked[:, 0] > picture.height / 2).all()),
        bool((marked[:, 1] > picture.width / 2).all()),
    )
    assert (down, right) == _corner(angle, mirror)


def _corner(angle: int, mirror: list[str]) -> tuple[bool, bool]:
    """Where the first sample of the first row goes: (below, on the right)."""
    frame = np.zeros((2, 2), int)
    frame[0, 0] = 1
    frame = np.rot90(frame, angle // 90)
    if mirror == ["-display_hflip"]:
        frame = frame[:, ::-1]
    if mirror == ["-display_vflip"]:
        frame = frame[::-1]
    below, right = np.argwhere(frame)[0]
    return bool(below), bool(right)


@pytest.mark.parametrize("angle", [0, 90])
def test_pixels_come_out_square(video: ClipPath, tmp_path: Path, angle: int) -> None:
    path = tmp_path / "a.mp4"
    ffmpeg(
        *("-display_rotation", str(angle), "-i", str(video("mp4"))),
        *("-c", "copy", "-aspect", "8/3", str(path)),
    )
    _, picture = first_frames_and_picture(path)
    assert (picture.width, picture.height) == ((48, 128) if angle else (128, 48))
