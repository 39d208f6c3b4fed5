"""The measure of nvJPEG, with nvImageCodec's CPU encoder in its place."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import torch

from benchmarks.cases import gpu_jpeg
from benchmarks.context import Context
from benchmarks.figures import WrongResultsError
from benchmarks.gpu import jpegs
from benchmarks.place import Place
from gpu_service.encode.nvjpeg import NvJpegEncoder
from tests.support.media import media
from tests.support.nvimgcodec import on_cpu

CPU = torch.device("cpu")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    on_cpu(monkeypatch)
    monkeypatch.setattr(gpu_jpeg, "SIZES", {"small": (320, 180), "smaller": (160, 90)})
    monkeypatch.setattr(jpegs, "_LEAST_SECONDS", 0.01)
    folder = media("traffic_camera.mp4").parent
    return Context(cast("Place", None), folder, tmp_path, 2, True)


def test_both_encoders_are_timed_at_every_size(context: Context) -> None:
    found = {one.name: one for one in gpu_jpeg.measured(context, CPU).figures}
    assert set(found) == {
        f"{name}, {size}"
        for name in ("nvJPEG", "the CPU's", "nvJPEG to the CPU's")
        for size in ("small", "smaller")
    }
    assert all(min(one.samples) > 0 and len(one.samples) == 2 for one in found.values())


def test_there_is_no_time_for_wrong_jpegs(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_jpeg, "NvJpegEncoder", lambda device: NvJpegEncoder(device, quality=40))
    with pytest.raises(WrongResultsError, match="bytes, the CPU's has"):
        gpu_jpeg.measured(context, CPU)
