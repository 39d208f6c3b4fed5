from __future__ import annotations

import numpy as np

from benchmarks.simulated.marks import frame_numbers, marked_frames
from gpu_service.frames import DetectorFrames


def test_numbers_are_read_back_from_any_part_of_the_frames() -> None:
    rgb = marked_frames(1_000_000, 20)
    DetectorFrames(rgb, np.arange(20, dtype=np.int64))
    assert frame_numbers(rgb).tolist() == list(range(1_000_000, 1_000_020))
    assert frame_numbers(rgb[5:7]).tolist() == [1_000_005, 1_000_006]
