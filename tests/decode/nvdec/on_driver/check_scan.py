"""The scan: every frame once, in order, with its PTS and from its own surface."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gpu_service.frames import UInt8Array
from gpu_service_kernels.surface_to_detector import surface_to_detector
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import VIDEOS, stamps_as_shown
from tests.decode.opened import scanned
from tests.nvdec_driver.stamp import drawn


@cache
def seen(stamp: int, width: int, height: int, bit_depth: int) -> UInt8Array:
    """What the model sees of the surface of a packet."""
    surface = drawn(stamp, width, height, bit_depth)
    (rgb,) = surface_to_detector(
        surface[None], width=width, height=height, matrix="bt601", full_range=False
    ).numpy()
    return np.asarray(rgb, np.uint8)


@pytest.mark.parametrize("name", VIDEOS)
def test_every_frame_comes_once_in_order_with_its_time(video: ClipPath, name: str) -> None:
    width, height = map(int, VIDEOS[name].size.split("x"))
    depth = 10 if "10" in name else 8
    with scanned(video(name)) as on_cpu:
        times = on_cpu.times()
    with on_nvdec(video(name)) as decoder:
        chunks = list(decoder.scan(7))
        assert decoder.times().end_pts == times.end_pts
        assert decoder.times().pts == times.pts
        assert decoder.damage is None
    assert np.concatenate([chunk.pts for chunk in chunks]).tolist() == list(times.pts)
    assert [len(chunk) for chunk in chunks[:-1]] == [7] * (len(chunks) - 1)
    expected = [seen(stamp, width, height, depth) for stamp in stamps_as_shown(video(name))]
    assert np.array_equal(np.concatenate([chunk.on_host().rgb for chunk in chunks]), expected)


def test_what_decodes_is_said(video: ClipPath) -> None:
    with on_nvdec(video("hevc-10")) as decoder:
        assert decoder.backend == "nvdec/hevc"
