"""Pictures are checked when they are made."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpu_service.frames import DetectorFrames, DeviceDetectorFrames, DevicePicture, Picture


def test_detector_frames_of_another_shape_are_refused() -> None:
    pts = np.arange(2, dtype=np.int64)
    assert len(DetectorFrames(np.zeros((2, 27, 48, 3), np.uint8), pts)) == 2
    with pytest.raises(ValueError, match="expected uint8"):
        DetectorFrames(np.zeros((2, 48, 27, 3), np.uint8), pts)
    with pytest.raises(ValueError, match="int64"):
        DetectorFrames(np.zeros((2, 27, 48, 3), np.uint8), pts.astype(np.int32))


def test_detector_frames_on_a_device_are_checked_alike() -> None:
    pts = np.arange(2, dtype=np.int64)
    frames = DeviceDetectorFrames(torch.zeros((2, 27, 48, 3), dtype=torch.uint8), pts)
    assert repr(frames) == "DeviceDetectorFrames(frames=2, cpu)"
    assert len(frames) == len(frames.on_host()) == 2
    with pytest.raises(ValueError, match=r"expected torch.uint8 \(2, 27, 48, 3\)"):
        DeviceDetectorFrames(torch.zeros((2, 27, 48, 3)), pts)
    with pytest.raises(ValueError, match="int64"):
        DeviceDetectorFrames(frames.rgb, pts.astype(np.int32))


def test_a_picture_prints_its_shape_not_its_pixels() -> None:
    assert repr(Picture(np.zeros((4, 6, 3), np.uint8), 9)) == "Picture(6x4, pts=9)"
    with pytest.raises(ValueError, match="without pixels"):
        Picture(np.zeros((0, 6, 3), np.uint8), 9)
    with pytest.raises(ValueError, match="expected uint8"):
        Picture(np.zeros((4, 6), np.uint8), 9)


def test_a_picture_on_a_device_is_checked_alike() -> None:
    rgb = torch.zeros((4, 6, 3), dtype=torch.uint8)
    picture = DevicePicture(rgb, 9)
    assert repr(picture) == "DevicePicture(6x4, pts=9, cpu)"
    assert (picture.width, picture.height, picture.nbytes) == (6, 4, 72)
    with pytest.raises(ValueError, match="without pixels"):
        DevicePicture(rgb[:0], 9)
    with pytest.raises(ValueError, match=r"expected torch\.uint8 \(H, W, 3\), got torch\.float32"):
        DevicePicture(rgb.float(), 9)
    with pytest.raises(ValueError, match=r"expected torch\.uint8"):
        DevicePicture(rgb[None], 9)
    with pytest.raises(ValueError, match="not contiguous"):
        DevicePicture(rgb.transpose(0, 1), 9)
