"""Windows that are not copied are those of the official protocol."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.base import Window
from gpu_service.detect.cuda.windows import DeviceCutter, DeviceWindow, gather
from gpu_service.detect.windows import WindowStream
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames, DeviceDetectorFrames, UInt8Array
from tests.detect.cuda.pixels_stay import PixelsStay

CPU = torch.device("cpu")


def numbered(count: int) -> UInt8Array:
    numbers = np.arange(1, count + 1, dtype=np.uint32)
    rgb = np.zeros((count, 27, 48, 3), np.uint8)
    rgb[:, 0, 0, 0], rgb[:, 0, 0, 1] = numbers % 256, numbers // 256
    return rgb


def cut(cutter: DeviceCutter, chunks: list[UInt8Array], *, on_device: bool) -> list[DeviceWindow]:
    items: list[Window | Scores] = []
    for rgb in chunks:
        pts = np.arange(len(rgb), dtype=np.int64)
        if on_device:
            with PixelsStay():
                items += cutter.feed(DeviceDetectorFrames(torch.from_numpy(rgb), pts))
        else:
            items += cutter.feed(DetectorFrames(rgb, pts))
    items += cutter.finish()
    return [item for item in items if isinstance(item, DeviceWindow)]


@given(sizes=st.lists(st.integers(0, 120), max_size=8), on_device=st.booleans())
def test_they_are_those_of_the_official_protocol(sizes: list[int], on_device: bool) -> None:
    rgb = numbered(sum(sizes))
    chunks = np.split(rgb, np.cumsum(sizes)[:-1]) if sizes else []
    stream = WindowStream()
    official = [window for chunk in chunks for window in stream.feed(chunk)] + stream.finish()

    windows = cut(DeviceCutter(CPU, None), chunks, on_device=on_device)

    assert [window.kept for window in windows] == [window.kept for window in official]
    batch = torch.zeros((len(windows), 100, 27, 48, 3), dtype=torch.uint8)
    gather(windows, batch)
    for row, window in zip(batch, official, strict=True):
        assert np.array_equal(row.numpy(), window.rgb)
        assert window.nbytes == row.numel()


def test_a_window_comes_with_its_last_frame() -> None:
    cutter = DeviceCutter(CPU, None)
    pts = np.arange(50, dtype=np.int64)
    rgb = numbered(125)

    def fed(first: int, end: int) -> int:
        return len(cutter.feed(DetectorFrames(rgb[first:end], pts[: end - first])))

    assert [fed(0, 50), fed(50, 74), fed(74, 75), fed(75, 124), fed(124, 125)] == [0, 0, 1, 0, 1]


def test_of_a_long_video_no_more_is_held_than_the_next_window_needs() -> None:
    cutter = DeviceCutter(CPU, None)
    pts = np.arange(16, dtype=np.int64)
    for _ in range(100):
        cutter.feed(DetectorFrames(numbered(16), pts))
        assert sum(map(len, cutter._chunks)) < 100 + 16


@pytest.mark.parametrize("windows", [0, 2])
def test_a_batch_keeps_its_other_rows(windows: int) -> None:
    batch = torch.full((3, 100, 27, 48, 3), 9, dtype=torch.uint8)
    gather(cut(DeviceCutter(CPU, None), [numbered(100)], on_device=True)[:windows], batch)
    assert [int(row.max()) for row in batch] == [75, 100, 9][:windows] + [9] * (3 - windows)
