"""The event model on the GPU against the official protocol on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.parity import compare, load_reference, score_video
from gpu_service.detect.cuda.detector import BatchDetector, run_batches
from gpu_service.detect.cuda.graph_runner import GraphRunner
from gpu_service.detect.cuda.load import load_cuda_detector
from gpu_service.detect.cuda.precision import FAST_ERROR
from gpu_service.detect.cuda.runner import EagerRunner
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.detect.windows import Window
from gpu_service.settings import DetectSettings
from tests.detect.cuda.small import brightness, expected, in_parts, numbered
from tests.detect.footage import scene
from tests.support.media import REFERENCED, media

FLOAT32_ERROR = 1e-3


@pytest.fixture(scope="module")
def official() -> TransNetV2Detector:
    loaded = load_detector(DetectSettings(detect_mode="reference"), "cpu")
    assert isinstance(loaded, TransNetV2Detector)
    return loaded


@pytest.fixture(scope="module", params=["fast", "reference"])
def detector(
    request: pytest.FixtureRequest, official: TransNetV2Detector, gpu: torch.device
) -> BatchDetector:
    settings = DetectSettings(detect_mode=request.param)
    return load_cuda_detector(official.model, official.fingerprint, settings, str(gpu))


@pytest.mark.parametrize("name", REFERENCED)
def test_real_videos_have_the_events_of_the_reference(detector: BatchDetector, name: str) -> None:
    reference = load_reference(media(f"reference/{name}.npz"))
    parity = compare(name, score_video(media(name), detector), reference)
    assert parity.frames == parity.reference_frames
    assert parity.close_share >= 0.99
    assert parity.f1 == 1.0


def test_batches_of_many_videos_score_as_the_official_protocol(
    detector: BatchDetector, official: TransNetV2Detector, gpu: torch.device
) -> None:
    cut = np.concatenate([scene(60, 1), scene(40, 2)])
    clips = [np.roll(cut, seed, axis=0) for seed in range(0, 100, 7)]
    windows = in_parts(clips, gpu)
    tolerance = FLOAT32_ERROR if detector.fingerprint == official.fingerprint else FAST_ERROR
    scored = detector.score(windows * 3)
    for scores, rgb in zip(scored[: len(clips)], clips, strict=True):
        (wanted,) = official.score([Window(rgb, 50)])
        np.testing.assert_allclose(scores.single, wanted.single, atol=tolerance)
        np.testing.assert_allclose(scores.many, wanted.many, atol=tolerance)


@pytest.mark.parametrize("kind", [GraphRunner, EagerRunner])
def test_batches_in_flight_do_not_touch_each_other(
    kind: type[GraphRunner | EagerRunner], gpu: torch.device
) -> None:
    runner = kind(brightness, gpu, (1, 4))
    for seed in range(20):
        windows = numbered(13, seed)
        np.testing.assert_allclose(
            run_batches(runner, in_parts(windows, gpu)), expected(windows), atol=1e-5
        )


def test_the_default_stream_stays_free(detector: BatchDetector, gpu: torch.device) -> None:
    """Scores come while the default stream is busy for a second with someone else's work."""
    windows = in_parts([scene(100, seed) for seed in range(4)], gpu)
    detector.score(windows)
    busy = torch.cuda.Event()  # type: ignore[no-untyped-call]
    torch.cuda._sleep(2_000_000_000)  # type: ignore[no-untyped-call]
    busy.record(torch.cuda.default_stream(gpu))
    detector.score(windows)
    over = busy.query()  # type: ignore[no-untyped-call]
    assert not over, "the scores waited for the default stream"


def test_no_setting_of_torch_is_left_behind(detector: BatchDetector, gpu: torch.device) -> None:
    detector.score(in_parts([scene(100, 1)], gpu))
    assert torch.backends.cudnn.allow_tf32
    assert not torch.backends.cudnn.benchmark
