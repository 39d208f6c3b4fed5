from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from benchmarks.compose import KINDS, Footage
from benchmarks.modes import compare_modes
from benchmarks.parity import compare, load_reference, score_video
from gpu_service.detect.base import Window
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.detect.fast import detector as module
from gpu_service.detect.fast.arithmetic import Arithmetic
from gpu_service.detect.fast.detector import FastDetector
from gpu_service.errors import InternalError
from gpu_service.events import Scores
from gpu_service.settings import DetectSettings
from tests.detect.footage import items_of, scene, scores_of
from tests.support.media import media

SHA256 = "5" * 64


@pytest.mark.parametrize(
    "name", ["Megamind.avi", "fades.mp4", "goldeneye-vfr-drop3.mp4", "h265_video.mp4"]
)
def test_real_videos_have_the_events_of_the_reference(
    fast_detector: FastDetector, name: str
) -> None:
    reference = load_reference(media(f"reference/{name}.npz"))

    parity = compare(name, score_video(media(name), fast_detector), reference)

    assert parity.frames == parity.reference_frames
    assert parity.f1 == 1.0


@pytest.mark.parametrize("kind", ["cuts", "fades", "captions"])
def test_composed_videos_have_the_events_of_the_reference(
    fast_detector: FastDetector, detector: TransNetV2Detector, kind: str
) -> None:
    shots = {f"scene {seed}": scene(120, seed, seed / 8) for seed in range(10)}
    rgb = KINDS[kind](Footage(shots, np.random.default_rng(4)))[:140]

    comparison = compare_modes(kind, rgb, fast_detector, detector)

    assert comparison.boundaries.wanted > 0
    assert comparison.boundaries.f1 == 1.0
    assert comparison.quiet_peak < 0.3


def test_scores_in_doubt_are_those_of_the_official_protocol(detector: TransNetV2Detector) -> None:
    rgb = np.concatenate([scene(80, 1), scene(120, 2)])
    expected = scores_of(detector, items_of(detector, rgb, [200]))
    peak = float(expected.single[79])
    sure = FastDetector(detector.model, SHA256, threshold=peak / 3)
    unsure = FastDetector(detector.model, SHA256, threshold=peak)

    for fast in (sure, unsure):
        scores_of(fast, items_of(fast, rgb, [200]))
    scores = scores_of(unsure, items_of(unsure, rgb, [200]))

    assert sure.rescored_frames == 0
    assert unsure.rescored_frames > 0
    np.testing.assert_allclose(scores.single[50:100], expected.single[50:100], atol=1e-5)
    np.testing.assert_allclose(scores.many[50:100], expected.many[50:100], atol=1e-5)


def test_work_is_counted(detector: TransNetV2Detector) -> None:
    fast = FastDetector(detector.model, SHA256, arithmetic=Arithmetic.TORCH_FLOAT32)
    rgb = np.concatenate([scene(60, 1, 3), np.repeat(scene(1, 2), 140, axis=0)])

    scores_of(fast, items_of(fast, rgb, [200]))

    assert fast.convolved_frames == 150 + 100 * fast.rescored_frames // 50, "then nothing moves"


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_the_mode_the_threshold_and_the_weights_are_in_the_fingerprint(
    detector: TransNetV2Detector, threshold: float
) -> None:
    built = [
        FastDetector(detector.model, sha256, threshold=level)
        for sha256 in (SHA256, "6" * 64)
        for level in (threshold, 0.4)
    ]

    assert len({fast.fingerprint for fast in built}) == 4
    assert all(fast.fingerprint != fast.fingerprint[:64] for fast in built)


def test_arithmetic_is_not_in_the_fingerprint(detector: TransNetV2Detector) -> None:
    built = [
        FastDetector(detector.model, SHA256, arithmetic=arithmetic)
        for arithmetic in (*Arithmetic, None)
    ]

    assert len({fast.fingerprint for fast in built}) == 1


def test_other_weights_have_another_name(detector: TransNetV2Detector) -> None:
    assert FastDetector(detector.model, SHA256).name == "transnetv2-custom"


def test_settings_choose_the_mode_on_the_cpu_only() -> None:
    fast = DetectSettings(detect_mode="fast", threshold=0.4)

    assert isinstance(load_detector(fast, "cpu"), FastDetector)
    assert load_detector(fast, "cpu").fingerprint.endswith("/0.4")
    assert isinstance(load_detector(fast, "meta"), TransNetV2Detector)


@pytest.fixture
def busy_window(fast_detector: FastDetector) -> Window:
    """One by itself, between quiet ones."""
    still = np.repeat(scene(1, 2), 217, axis=0)
    rgb = np.concatenate([still, scene(16, 1, speed=3), still])
    items = items_of(fast_detector, rgb, [450])
    (window,) = (item for item in items if not isinstance(item, Scores))
    assert window.kept == 50
    return window


@pytest.fixture
def torch_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("torch_threads")
@pytest.mark.parametrize("arithmetic", list(Arithmetic))
def test_threads_are_the_settings(
    detector: TransNetV2Detector, busy_window: Window, arithmetic: Arithmetic
) -> None:
    fast = FastDetector(detector.model, SHA256, threads=1, arithmetic=arithmetic)
    seen: list[tuple[int, int]] = []

    def alone() -> bool:
        seen.append((torch.get_num_threads(), convolving_threads()))
        return True

    fast.score([busy_window], alone)

    assert set(seen[1:]) == {(1, 0)}


@pytest.mark.usefixtures("torch_threads")
@pytest.mark.parametrize(
    "arithmetic", [Arithmetic.BFLOAT16, Arithmetic.TORCH_BFLOAT16, Arithmetic.TORCH_FLOAT32]
)
def test_a_run_that_is_alone_takes_every_thread_for_the_same_scores(
    detector: TransNetV2Detector, busy_window: Window, arithmetic: Arithmetic
) -> None:
    fast = FastDetector(detector.model, SHA256, threads=2, arithmetic=arithmetic)
    threads: list[int] = []

    def in_time() -> bool:
        threads.append(torch.get_num_threads())
        return len(threads) > 3

    (shared,) = fast.score([busy_window])
    (alone,) = fast.score([busy_window], in_time)

    assert threads[:5] == [1, 1, 1, 1, 2], "asked anew before each block"
    np.testing.assert_array_equal(alone.single, shared.single)
    np.testing.assert_array_equal(alone.many, shared.many)


def test_others_help_a_run_that_is_alone_for_the_same_scores(
    detector: TransNetV2Detector, busy_window: Window
) -> None:
    fast = FastDetector(detector.model, SHA256, threads=2, arithmetic=Arithmetic.WINOGRAD)
    helpers: list[int] = []

    def in_time() -> bool:
        helpers.append(convolving_threads())
        return len(helpers) > 3

    (shared,) = fast.score([busy_window])
    (alone,) = fast.score([busy_window], in_time)

    assert helpers[:4] == [0, 0, 0, 0], "asked anew before every few tasks"
    assert max(helpers) > 0
    assert convolving_threads() == 0, "none is left"
    np.testing.assert_array_equal(alone.single, shared.single)
    np.testing.assert_array_equal(alone.many, shared.many)


def convolving_threads() -> int:
    return sum(thread.name.startswith("convolve") for thread in threading.enumerate())


def test_the_memory_of_each_run_is_given_back(
    fast_detector: FastDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[bool] = []
    monkeypatch.setattr(module, "give_back", lambda: given_back.append(True))
    items = items_of(fast_detector, scene(250, 1, speed=3), [250])

    scores_of(fast_detector, items)

    assert len(given_back) == len(items) > 1


def test_runs_do_not_depend_on_what_was_scored_before(fast_detector: FastDetector) -> None:
    rgb = np.concatenate([scene(80, 1), scene(60, 2)])
    items = items_of(fast_detector, rgb, [140])

    first = scores_of(fast_detector, items)
    for one, other in itertools.permutations([first, scores_of(fast_detector, items)]):
        np.testing.assert_array_equal(one.single, other.single)


@pytest.mark.parametrize("arithmetic", list(Arithmetic), ids=lambda value: value.name)
def test_several_threads_score_one_video_as_one_does(
    detector: TransNetV2Detector, arithmetic: Arithmetic
) -> None:
    fast = FastDetector(detector.model, SHA256, threads=3, arithmetic=arithmetic)
    rgb = np.concatenate([scene(150, seed, speed=3) for seed in range(4)])
    one_by_one = [fast.score([run])[0] for run in windows_of(items_of(fast, rgb, [600]))]

    with ThreadPoolExecutor(3) as threads:
        runs = windows_of(items_of(fast, rgb, [600]))
        at_once = list(threads.map(lambda run: fast.score([run])[0], runs))

    for made, expected in zip(at_once, one_by_one, strict=True):
        np.testing.assert_array_equal(made.single, expected.single)
        np.testing.assert_array_equal(made.many, expected.many)


def windows_of(items: list[Window | Scores]) -> list[Window]:
    return [item for item in items if not isinstance(item, Scores)]


def test_runs_that_are_not_scored_fail_those_that_wait_for_them(
    detector: TransNetV2Detector,
) -> None:
    fast = FastDetector(detector.model, SHA256, arithmetic=Arithmetic.TORCH_FLOAT32)
    one, other = (windows_of(items_of(fast, scene(250, seed, speed=3), [250])) for seed in range(2))

    def out_of_memory() -> bool:
        raise MemoryError("none is left")

    with pytest.raises(MemoryError):
        fast.score([one[0], other[0]], out_of_memory)
    for run in (one[1], other[1]):
        with pytest.raises(InternalError, match="none is left"):
            fast.score([run])


def test_what_would_be_in_doubt_in_low_precision_is_computed_in_float32_at_once(
    detector: TransNetV2Detector,
) -> None:
    """Windows in a run of several, for which the window by itself would be the next thing to try."""
    rgb = np.concatenate([scene(80, 1), scene(120, 2)])
    peak = float(scores_of(detector, items_of(detector, rgb, [200])).single[79])
    fast = FastDetector(
        detector.model, SHA256, threshold=peak, arithmetic=Arithmetic.TORCH_BFLOAT16
    )

    scores_of(fast, items_of(fast, rgb, [200]))

    assert fast.rescored_frames > 0
    assert fast.convolved_frames - 250 == 2 * fast.rescored_frames, "each of 100 frames, once"
