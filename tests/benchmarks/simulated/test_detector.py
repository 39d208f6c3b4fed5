from __future__ import annotations

import numpy as np
import pytest

from benchmarks.simulated.detector import SimulatedDetector
from benchmarks.simulated.marks import marked_frames
from gpu_service.detect.base import Window
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames


@pytest.fixture
def detector() -> SimulatedDetector:
    return SimulatedDetector(
        window_seconds=1e-4, batch_seconds=2e-4, batch_windows=8, cut_frames=30
    )


def _windows(detector: SimulatedDetector, frames: int) -> list[Window]:
    cutter = detector.start()
    pts = np.arange(frames, dtype=np.int64)
    items = [*cutter.feed(DetectorFrames(marked_frames(0, frames), pts)), *cutter.finish()]
    return [item for item in items if not isinstance(item, Scores)]


def test_the_last_frame_of_each_shot_is_a_cut(detector: SimulatedDetector) -> None:
    scores = detector.score(_windows(detector, 170))
    single = np.concatenate([one.single for one in scores])
    assert np.flatnonzero(single > 0.5).tolist() == [29, 59, 89, 119, 149]
    assert len(single) == 170


def test_scores_follow_the_windows_not_their_order(detector: SimulatedDetector) -> None:
    windows = _windows(detector, 100)
    first, second = detector.score(windows)
    again = detector.score(windows[::-1])
    assert np.array_equal(again[0].single, second.single)
    assert np.array_equal(again[1].single, first.single)


def test_a_batch_takes_its_windows_time_and_its_own(detector: SimulatedDetector) -> None:
    detector.score(_windows(detector, 200))
    ((start, end),) = detector.engine.booked
    assert end - start == pytest.approx(2e-4 + 4 * 1e-4)
    assert detector.windows == 4
