from __future__ import annotations

import numpy as np
import pytest

from benchmarks.parity import compare, load_reference, score_video
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


@pytest.mark.parametrize("name", ["realshort.mp4", "h265_video.mp4", "goldeneye-vfr-drop3.mp4"])
def test_real_videos_score_as_the_reference(detector: TransNetV2Detector, name: str) -> None:
    path = media(name)
    reference = load_reference(media(f"reference/{name}.npz"))

    parity = compare(name, score_video(path, detector), reference)

    assert parity.frames == parity.reference_frames
    assert parity.close_share >= 0.99
    assert parity.f1 == 1.0


def test_scores_come_as_they_are_settled(detector: TransNetV2Detector) -> None:
    frames = clip(80)
    detection = detector.start()

    early = detection.feed(part(frames, 0, 74))
    settled = detection.feed(part(frames, 74, 80))
    rest = detection.finish()

    assert [len(early), len(settled), len(rest)] == [0, 50, 30]
    for scores in (settled, rest):
        assert isinstance(scores, Scores)
        assert 0 <= scores.single.min() <= scores.single.max() <= 1
    assert settled.single.argmax() == 39, "the cut is after frame 39"


def test_batches_change_when_scores_come_but_not_what_they_are(
    detector: TransNetV2Detector,
) -> None:
    frames = clip(80)
    batched = TransNetV2Detector(detector.model, detector.fingerprint, batch_windows=2)
    one, two = detector.start(), batched.start()

    alone = [one.feed(frames), one.finish()]
    together = [two.feed(frames), two.finish()]

    assert [len(scores) for scores in alone] == [50, 30]
    assert [len(scores) for scores in together] == [0, 80]
    for head in ("single", "many"):
        apart = np.concatenate([getattr(scores, head) for scores in alone])
        np.testing.assert_allclose(getattr(together[1], head), apart, atol=1e-5)


def test_a_video_without_frames_has_no_scores(detector: TransNetV2Detector) -> None:
    assert len(detector.start().finish()) == 0


def test_the_fingerprint_is_the_weights_hash(detector: TransNetV2Detector) -> None:
    assert detector.fingerprint.startswith("a313d0b3")
    assert load_detector(DetectSettings(), "cpu").fingerprint == detector.fingerprint


def test_a_batch_holds_at_least_one_window(detector: TransNetV2Detector) -> None:
    with pytest.raises(ValueError, match="batch_windows"):
        TransNetV2Detector(detector.model, "x", batch_windows=0)
