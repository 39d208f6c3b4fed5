from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.limits import MAX_SIDE_PIXELS
from gpu_service.errors import InputError
from gpu_service.frames import Picture, UInt8Array


def gradient(width: int, height: int) -> UInt8Array:
    """Red grows to the right, green downwards, blue is constant."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    rgb[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    rgb[..., 2] = 90
    return rgb


def decoded(jpeg: bytes) -> UInt8Array:
    pixels: UInt8Array = simplejpeg.decode_jpeg(jpeg, colorspace="RGB")
    return pixels


def test_a_picture_comes_back_as_it_went() -> None:
    rgb = gradient(320, 180)

    jpeg = CpuJpegEncoder().encode(Picture(rgb, 7))

    error = np.abs(decoded(jpeg).astype(int) - rgb).mean()
    assert error < 2
    assert jpeg_problem(jpeg) is None


def test_files_are_baseline_420_jfif_with_standard_tables_of_the_quality() -> None:
    jpeg = CpuJpegEncoder(quality=85).encode(Picture(gradient(64, 64), 0))

    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        assert image.info["jfif_version"] == (1, 1)
        assert "progressive" not in image.info
        luminance = image.quantization[0]  # type: ignore[attr-defined]
    assert b"\xff\xc0" in jpeg
    assert simplejpeg.decode_jpeg_header(jpeg)[3] == "420"
    # Quality 85 scales the standard's tables by 30 %: its first entry is 16.
    assert luminance[0] == 5


def test_quality_is_the_settings() -> None:
    picture = Picture(np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8), 0)

    sizes = [len(CpuJpegEncoder(quality=quality).encode(picture)) for quality in (1, 50, 85, 100)]

    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 4


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 360), (200, 112)),
        ((201, 3), (200, 3)),
        ((5000, 1), (200, 1)),
        ((200, 900), (200, 900)),
    ],
)
def test_wider_pictures_are_scaled_down(size: tuple[int, int], expected: tuple[int, int]) -> None:
    rgb = gradient(*size)

    pixels = decoded(CpuJpegEncoder(max_width=200).encode(Picture(rgb, 0)))

    assert (pixels.shape[1], pixels.shape[0]) == expected
    assert abs(int(pixels[..., 0].mean()) - int(rgb[..., 0].mean())) <= 2


def test_scaling_down_averages_instead_of_picking_pixels() -> None:
    stripes = np.zeros((100, 400, 3), np.uint8)
    stripes[:, ::2] = 255

    pixels = decoded(CpuJpegEncoder(max_width=100).encode(Picture(stripes, 0)))

    assert np.abs(pixels[:, 5:-5].astype(int) - 128).max() <= 12


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 20))
def test_any_size_encodes(width: int, height: int, max_width: int) -> None:
    jpeg = CpuJpegEncoder(max_width=max_width).encode(Picture(gradient(width, height), 0))

    assert jpeg_problem(jpeg) is None
    assert decoded(jpeg).shape[1] == min(width, max_width or width)


def test_what_jpeg_cannot_hold_is_refused() -> None:
    widest = Picture(np.zeros((1, MAX_SIDE_PIXELS, 3), np.uint8), 0)
    tall = Picture(np.zeros((MAX_SIDE_PIXELS + 1, 1, 3), np.uint8), 0)

    assert decoded(CpuJpegEncoder().encode(widest)).shape == (1, MAX_SIDE_PIXELS, 3)
    with pytest.raises(InputError, match="1x65501") as caught:
        CpuJpegEncoder().encode(tall)
    assert caught.value.reason == "picture_too_large"


def test_a_maximum_width_makes_a_too_wide_picture_fit() -> None:
    wide = Picture(np.zeros((1, MAX_SIDE_PIXELS + 1, 3), np.uint8), 0)

    assert decoded(CpuJpegEncoder(max_width=1000).encode(wide)).shape[1] == 1000


@pytest.mark.parametrize(("quality", "max_width"), [(0, 0), (101, 0), (85, -1)])
def test_senseless_settings_are_refused(quality: int, max_width: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        CpuJpegEncoder(quality=quality, max_width=max_width)
