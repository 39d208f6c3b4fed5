"""Real videos: every frame once, at the times that the CPU says. Surfaces are not drawn, as that
takes long; their stamps alone are looked at."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gpu_service_kernels.surface_to_detector
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import stamps_as_shown
from tests.decode.opened import scanned
from tests.nvdec_driver.stamp import stamped
from tests.support.media import media

VIDEOS = [
    "av1_video.mkv", "bottle-detection.mp4", "car-detection.mp4", "goldeneye-vfr-drop3.mp4",
    "issue-134-rotate.mp4", "nasa_13013.mp4", "realshort.mp4", "testvideo.mp4",
    "traffic_camera.mp4",
]  # fmt: skip


@pytest.mark.parametrize("name", VIDEOS)
def test_every_frame_comes_once_in_order_with_its_time(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NVDEC_STANDIN_PICTURE_US", "1")
    seen: list[int] = []

    def stamps_of(surfaces: Tensor, **_: Any) -> Tensor:
        seen.extend(map(stamped, surfaces))
        return torch.zeros((len(surfaces), 27, 48, 3), dtype=torch.uint8)

    monkeypatch.setattr(gpu_service_kernels.surface_to_detector, "surface_to_detector", stamps_of)
    video = media(name)
    with scanned(video) as on_cpu:
        times, damage = on_cpu.times(), on_cpu.damage
    with on_nvdec(video) as decoder:
        pts = [int(one) for chunk in decoder.scan(16) for one in chunk.pts]
        assert decoder.times() == times
        assert decoder.damage == damage
    assert pts == list(times.pts)
    if name != "av1_video.mkv":
        assert seen == stamps_as_shown(video)
    assert len(set(seen)) == len(pts)
