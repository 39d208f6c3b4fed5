from __future__ import annotations

import numpy as np
import pytest

from benchmarks.parity import compare, load_reference, score_video
from gpu_service.detect.base import Window
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames
from gpu_service.settings import DetectSettings
from tests.support.media import media


def clip(count: int, seed: int = 0) -> DetectorFrames:
    """Two flat scenes with some noise, so that there is something to score."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 60, (count, 27, 48, 3), dtype=np.uint8)
    rgb[count // 2 :] += 150
    return DetectorFrames(rgb, np.arange(count, dtype=np.int64))


def part(frames: DetectorFrames, first: int, end: int) -> DetectorFrames:
    return DetectorFrames(frames.rgb[first:end], frames.pts[first:end])


def windows_of(items: list[Window | Scores]) -> list[Window]:
    return [item for item in items if not isinstance(item, Scores)]


@pytest.mark.parametrize("name", ["realshort.mp4", "h265_video.mp4", "goldeneye-vfr-drop3.mp4"])
def test_real_videos_score_as_the_reference(detector: TransNetV2Detector, name: str) -> None:
    path = media(name)
    reference = load_reference(media(f"reference/{name}.npz"))

    parity = compare(name, score_video(path, detector), reference)

    assert parity.frames == parity.reference_frames
    assert parity.close_share >= 0.99
    assert parity.f1 == 1.0


def test_windows_come_as_soon_as_their_last_frame(detector: TransNetV2Detector) -> None:
    frames = clip(80)
    cutter = detector.start()

    early = cutter.feed(part(frames, 0, 74))
    settled = cutter.feed(part(frames, 74, 80))
    rest = cutter.finish()

    assert [len(early), len(settled), len(rest)] == [0, 1, 1]
    windows = windows_of(settled + rest)
    assert [window.kept for window in windows] == [50, 30]
    first, _ = detector.score(windows)
    assert 0 <= first.single.min() <= first.single.max() <= 1
    assert first.single.argmax() == 39, "the cut is after frame 39"


def test_a_batch_does_not_change_the_scores(detector: TransNetV2Detector) -> None:
    one, other = detector.start(), detector.start()
    items = one.feed(clip(80)) + other.feed(clip(120, seed=1)) + one.finish() + other.finish()
    windows = windows_of(items)

    together = detector.score(windows)

    assert [len(scores) for scores in together] == [50, 50, 30, 50, 20]
    for window, scores in zip(windows, together, strict=True):
        (alone,) = detector.score([window])
        np.testing.assert_allclose(scores.single, alone.single, atol=1e-5)
        np.testing.assert_allclose(scores.many, alone.many, atol=1e-5)


def test_a_video_without_frames_has_no_windows(detector: TransNetV2Detector) -> None:
    assert detector.start().finish() == []


def test_the_fingerprint_tells_weights_and_mode(detector: TransNetV2Detector) -> None:
    assert detector.fingerprint.startswith("a313d0b3")
    again = load_detector(DetectSettings(detect_mode="reference"), "cpu")
    fast = load_detector(DetectSettings(detect_mode="fast"), "cpu")
    assert again.fingerprint == detector.fingerprint
    assert fast.fingerprint.startswith("a313d0b3")
    assert fast.fingerprint != detector.fingerprint


def test_a_batch_holds_at_least_one_window(detector: TransNetV2Detector) -> None:
    with pytest.raises(ValueError, match="batch_windows"):
        TransNetV2Detector(detector.model, "x", batch_windows=0)
