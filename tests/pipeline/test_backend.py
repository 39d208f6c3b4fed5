"""What a run's device brings."""

from __future__ import annotations

import logging
from typing import Literal

import pytest
import simplejpeg
import torch

from gpu_service.detect import detector
from gpu_service.errors import SettingsError
from gpu_service.frames import DevicePicture
from gpu_service.pipeline.backend import load_backend
from gpu_service.settings import Settings
from tests.support.wheels import wheel

ON_DEVICE = DevicePicture(torch.zeros((48, 64, 3), dtype=torch.uint8), 7)


def settings(device: Literal["auto", "cuda"]) -> Settings:
    thumbnail = Settings().thumbnail.model_copy(update={"max_width": 32})
    return Settings().model_copy(update={"device": device, "thumbnail": thumbnail})


@pytest.mark.skipif(torch.cuda.is_available(), reason="nvJPEG works here")
def test_a_run_says_that_there_is_no_nvjpeg(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wheel("nvidia.nvimgcodec")
    monkeypatch.setattr(detector, "load_detector", lambda *words: None)
    with caplog.at_level(logging.WARNING):
        encoder = load_backend(settings("auto"), "cuda", None).encoder
    assert "encoding on the CPU: nvJPEG does not start" in caplog.text
    assert simplejpeg.decode_jpeg_header(encoder.encode(ON_DEVICE))[:2] == (24, 32)

    with pytest.raises(SettingsError, match="nvJPEG does not start") as caught:
        load_backend(settings("cuda"), "cuda", None)
    assert caught.value.reason == "no_nvjpeg"
