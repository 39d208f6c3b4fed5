"""The real nvImageCodec with its CPU encoder behind the same call; ``tests/gpu`` has nvJPEG."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
import simplejpeg
import torch
from PIL import Image

from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.limits import MAX_SIDE_PIXELS
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.errors import InputError, InternalError, SettingsError
from gpu_service.frames import DevicePicture, Picture, UInt8Array
from tests.support.nvimgcodec import GPU, STREAM, on_cpu
from tests.support.wheels import wheel


def waves(width: int, height: int) -> UInt8Array:
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(columns / 20 + rows / 50), 255 * rows / height, columns / 2]
    rgb: UInt8Array = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)
    return rgb


def on_device(rgb: UInt8Array) -> DevicePicture:
    return DevicePicture(torch.from_numpy(rgb), 7)


@pytest.fixture
def codec(monkeypatch: pytest.MonkeyPatch) -> Any:
    return on_cpu(monkeypatch)


@pytest.mark.usefixtures("codec")
def test_files_are_what_the_cpu_would_write() -> None:
    rgb = waves(480, 271)

    jpeg = NvJpegEncoder(GPU).encode(on_device(rgb))

    wanted = CpuJpegEncoder().encode(Picture(rgb, 7))
    assert jpeg_problem(jpeg) is None
    assert simplejpeg.decode_jpeg_header(jpeg) == (271, 480, "YCbCr", "420")
    with Image.open(io.BytesIO(jpeg)) as image, Image.open(io.BytesIO(wanted)) as cpu:
        assert "progressive" not in image.info
        assert image.quantization == cpu.quantization  # type: ignore[attr-defined]
    assert psnr(jpeg, rgb) > psnr(wanted, rgb) - 1
    assert len(jpeg) == pytest.approx(len(wanted), rel=0.05)


def psnr(jpeg: bytes, rgb: UInt8Array) -> float:
    error = simplejpeg.decode_jpeg(jpeg).astype(float) - rgb
    return float(10 * np.log10(255**2 / np.square(error).mean()))


@pytest.mark.usefixtures("codec")
def test_quality_and_size_are_the_settings() -> None:
    picture = on_device(waves(480, 270))

    sizes = [len(NvJpegEncoder(GPU, quality=quality).encode(picture)) for quality in (10, 50, 95)]
    small = NvJpegEncoder(GPU, max_width=96).encode(picture)

    assert sizes == sorted(set(sizes))
    assert simplejpeg.decode_jpeg_header(small)[:2] == (54, 96)


@pytest.mark.usefixtures("codec")
def test_what_jpeg_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="too large") as caught:
        NvJpegEncoder(GPU).encode(on_device(np.zeros((1, MAX_SIDE_PIXELS + 1, 3), np.uint8)))
    assert caught.value.reason == "picture_too_large"


def test_the_current_stream_is_read_from_and_waited_for(codec: Any) -> None:
    NvJpegEncoder(GPU).encode(on_device(waves(64, 48)))
    assert codec.streams == [("as_image", STREAM), ("encode", STREAM)]


def test_no_picture_is_an_error(codec: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """nvImageCodec returns None where others raise."""
    encoder = NvJpegEncoder(GPU)
    floats = codec.as_image(torch.zeros((8, 8, 3)), 0)
    monkeypatch.setattr(codec, "as_image", lambda rgb, stream: floats)
    with pytest.raises(InternalError, match=r"DevicePicture\(8x8, pts=7, cpu\): nvJPEG gave no"):
        encoder.encode(on_device(np.zeros((8, 8, 3), np.uint8)))


@pytest.mark.skipif(torch.cuda.is_available(), reason="it works here")
def test_without_a_gpu_it_says_so() -> None:
    wheel("nvidia.nvimgcodec")
    with pytest.raises(SettingsError, match=r"nvJPEG does not start.*doctor") as caught:
        NvJpegEncoder(GPU)
    assert caught.value.reason == "no_nvjpeg"


def test_without_the_wheel_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nvidia", None)
    with pytest.raises(SettingsError, match=r"pip install 'gpu-service\[cuda\]'"):
        NvJpegEncoder(GPU)


@pytest.mark.parametrize(("quality", "width"), [(0, 0), (101, 0), (85, -1)])
def test_settings_out_of_range_are_refused(quality: int, width: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        NvJpegEncoder(GPU, quality=quality, max_width=width)
