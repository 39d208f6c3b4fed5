from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from benchmarks.parity import compare, load_reference, score_video
from gpu_service.detect.base import Window
from gpu_service.detect.cuda.detector import BatchDetector, Exactly
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.runner import Done, EagerRunner
from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.fast.detector import PRECISION_ERROR
from gpu_service.detect.windows import Window as OfficialWindow
from gpu_service.errors import InternalError, TransientError
from gpu_service.events import Scores
from gpu_service.frames import UInt8Array
from tests.detect.cuda.small import brightness
from tests.detect.footage import items_of, scene
from tests.support.media import media

SHA256 = "5" * 64
CPU = torch.device("cpu")
SIZES = (1, 3)


@pytest.fixture(scope="module")
def exact(detector: TransNetV2Detector) -> BatchDetector:
    runner = EagerRunner(WindowNetwork(detector.model), CPU, SIZES)
    return BatchDetector(runner, detector.fingerprint, CPU)


@pytest.fixture(scope="module")
def half(detector: TransNetV2Detector) -> BatchDetector:
    """As on a GPU, in the half precision that a CPU is quick at."""
    fast = WindowNetwork(detector.model, torch.bfloat16)
    exact = EagerRunner(WindowNetwork(detector.model), CPU, SIZES)
    return BatchDetector(
        EagerRunner(fast, CPU, SIZES),
        detector.fingerprint,
        CPU,
        exactly=Exactly(exact, PRECISION_ERROR),
    )


def windows_of(detector: BatchDetector, rgb: UInt8Array) -> list[Window]:
    items = items_of(detector, rgb, [len(rgb)])
    return [item for item in items if not isinstance(item, Scores)]


def test_windows_of_many_videos_score_as_the_official_protocol(
    exact: BatchDetector, half: BatchDetector, detector: TransNetV2Detector
) -> None:
    videos = [np.concatenate([scene(12, 2), scene(11, 3)]), scene(1, 4)]
    windows = [window for rgb in videos for window in windows_of(exact, rgb)]
    assert [window.kept for window in windows] == [23, 1], "a batch with padding"

    official = detector.score([in_official(window) for window in windows])

    for one, tolerance in ((exact, 1e-5), (half, PRECISION_ERROR)):
        for scores, wanted in zip(one.score(windows), official, strict=True):
            np.testing.assert_allclose(scores.single, wanted.single, atol=tolerance)
            np.testing.assert_allclose(scores.many, wanted.many, atol=tolerance)


@pytest.mark.parametrize("name", ["h265_video.mp4", "goldeneye-vfr-drop3.mp4"])
def test_real_videos_have_the_events_of_the_reference(half: BatchDetector, name: str) -> None:
    reference = load_reference(media(f"reference/{name}.npz"))
    parity = compare(name, score_video(media(name), half), reference)
    assert parity.frames == parity.reference_frames
    assert parity.f1 == 1.0


def in_official(window: Window) -> OfficialWindow:
    assert isinstance(window, DeviceWindow)
    return OfficialWindow(torch.cat(window.parts).numpy(), window.kept)


def flat(level: int, kept: int = 50) -> DeviceWindow:
    return DeviceWindow((torch.full((100, 27, 48, 3), level, dtype=torch.uint8),), kept)


class Counting(EagerRunner):
    """Counts windows; ``off`` by so much from the brightness."""

    def __init__(self, off: float) -> None:
        super().__init__(lambda rgb: brightness(rgb) + off, CPU, SIZES)
        self.seen: list[float] = []

    def start(self, windows: Sequence[DeviceWindow], size: int) -> Done:
        self.seen += [float(window.parts[0].float().mean()) for window in windows]
        return super().start(windows, size)


def test_only_windows_in_doubt_are_scored_again() -> None:
    exactly = Counting(0.0)
    detector = BatchDetector(
        Counting(0.04), SHA256, CPU, exactly=Exactly(exactly, 0.05), threshold=100 / 255
    )
    levels = [0, 95, 250, 102, 30]

    scores = detector.score([flat(level, kept=30) for level in levels])

    assert exactly.seen == [95, 102]
    assert detector.rescored_frames == 60
    off = [0.04, 0, 0.04, 0, 0.04]
    for one, level, error in zip(scores, levels, off, strict=True):
        assert len(one) == 30
        np.testing.assert_allclose(one.single, level / 255 + error, atol=1e-6)


def test_what_overflowed_is_scored_again() -> None:
    exactly = Counting(0.0)
    overflowing = EagerRunner(lambda rgb: brightness(rgb) * torch.nan, CPU, SIZES)
    detector = BatchDetector(overflowing, SHA256, CPU, exactly=Exactly(exactly, 0.01))

    (scores,) = detector.score([flat(51)])

    np.testing.assert_allclose(scores.single, 0.2, atol=1e-6)


def test_frames_that_do_not_count_raise_no_doubt() -> None:
    window = flat(0, kept=10)
    window.parts[0][40:] = 128
    exactly = Counting(0.0)
    detector = BatchDetector(Counting(0.0), SHA256, CPU, exactly=Exactly(exactly, 0.01))

    detector.score([window])

    assert exactly.seen == []


def test_float32_has_the_official_fingerprint_and_half_its_own() -> None:
    runner, exactly = Counting(0), Exactly(Counting(0), 0.01)
    official = BatchDetector(runner, SHA256, CPU)
    built = [
        BatchDetector(runner, sha256, CPU, exactly=exactly, threshold=threshold)
        for sha256 in (SHA256, "6" * 64)
        for threshold in (0.4, 0.5)
    ]
    assert official.fingerprint == SHA256
    assert len({one.fingerprint for one in [official, *built]}) == 5
    assert official.name == "transnetv2-custom"


@pytest.mark.parametrize(
    ("raised", "translated", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), TransientError, "GPU_SERVICE_BATCH_WINDOWS"),
        (RuntimeError("CUDA error: misaligned\nmore"), InternalError, "CUDA error: misaligned$"),
    ],
)
def test_failures_of_the_gpu_are_translated(
    raised: Exception, translated: type[Exception], said: str
) -> None:
    def fails(rgb: torch.Tensor) -> torch.Tensor:
        raise raised

    detector = BatchDetector(EagerRunner(fails, CPU, SIZES), SHA256, CPU)
    with pytest.raises(translated, match=said) as caught:
        detector.score([flat(0)])
    assert caught.value.__cause__ is raised


def test_no_setting_of_torch_is_left_behind(exact: BatchDetector) -> None:
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark
    seen = []

    def look(rgb: torch.Tensor) -> torch.Tensor:
        seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark))
        return brightness(rgb)

    BatchDetector(EagerRunner(look, CPU, SIZES), SHA256, CPU).score([flat(0)])

    assert seen == [(False, False)]
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark) == before


def test_other_windows_are_refused(exact: BatchDetector) -> None:
    class Strange:
        kept = 1
        nbytes = 1
        waited_seconds = 0.0

        def when_ready(self, tell: Callable[[], None]) -> bool:
            return True

    with pytest.raises(TypeError, match="not a window of this detector"):
        exact.score([Strange()])
