"""Pictures on either side of the bus."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpu_service.encode.by_place import JpegEncoderByPlace
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.frames import DevicePicture, Picture
from tests.support.nvimgcodec import GPU, on_cpu

RGB = np.random.default_rng(3).integers(0, 256, (48, 64, 3), np.uint8)
ON_HOST = Picture(RGB, 7)
ON_DEVICE = DevicePicture(torch.from_numpy(RGB), 7)


def test_each_picture_is_encoded_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    on_cpu(monkeypatch)
    on_host, on_device = CpuJpegEncoder(quality=90), NvJpegEncoder(GPU, quality=20)
    encoder = JpegEncoderByPlace(on_host, on_device)
    assert encoder.encode(ON_HOST) == on_host.encode(ON_HOST)
    assert encoder.encode(ON_DEVICE) == on_device.encode(ON_DEVICE)


def test_without_nvjpeg_all_are_encoded_on_the_host() -> None:
    encoder = JpegEncoderByPlace(CpuJpegEncoder(), None)
    assert encoder.encode(ON_DEVICE) == encoder.encode(ON_HOST) == CpuJpegEncoder().encode(ON_HOST)
