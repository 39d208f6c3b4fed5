from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.fast.arithmetic import Arithmetic, fastest_arithmetic
from gpu_service.detect.fast.network import FastNetwork, LateNetwork, Network
from gpu_service.detect.fast.runs import Runs
from gpu_service.detect.windows import Window
from gpu_service.frames import UInt8Array
from tests.detect.footage import scene


def two_shots(frames: int) -> UInt8Array:
    half = frames // 2
    return np.concatenate([scene(half, 1), scene(frames - half, 2)])


def official(detector: TransNetV2Detector, window: UInt8Array) -> torch.Tensor:
    with torch.inference_mode():
        logits = detector.model(torch.from_numpy(window[None]))
    return torch.sigmoid(torch.stack(logits))[:, 0, 25:75]


def fast(network: FastNetwork, rgb: UInt8Array) -> torch.Tensor:
    with torch.inference_mode():
        return torch.sigmoid(torch.stack(network(torch.from_numpy(rgb))))


def test_one_window_is_the_official_computation(
    detector: TransNetV2Detector, network: FastNetwork
) -> None:
    window = two_shots(100)

    scores = fast(network, window)

    torch.testing.assert_close(scores, official(detector, window), atol=1e-5, rtol=0)
    assert scores[0].max() > 0.5, "a cut, or there would be little to compare"


def test_a_run_is_close_to_its_windows(detector: TransNetV2Detector, network: FastNetwork) -> None:
    run = two_shots(150)

    scores = fast(network, run)

    windows = [official(detector, run[first : first + 100]) for first in (0, 50)]
    torch.testing.assert_close(scores, torch.cat(windows, dim=1), atol=0.02, rtol=0)


@pytest.mark.parametrize("lengths", [[1, 1, 2], [2, 0], [3, 1], [1, 0]])
def test_windows_are_scored_the_same_in_whatever_runs_they_come(
    network: FastNetwork, lengths: list[int]
) -> None:
    rgb = two_shots(50 * sum(lengths) + 50)
    windows = [Window(rgb[first : first + 100], 50) for first in range(0, len(rgb) - 50, 50)]
    runs, scored = Runs(), []

    for index, count in enumerate(lengths):
        taken, windows = windows[:count], windows[count:]
        run = runs.run(taken, ends=index == len(lengths) - 1)
        pixels = torch.from_numpy(run.rgb)
        with torch.inference_mode():
            scores = network.go_on(pixels, run.fresh, lambda: 1, run.before, run.after)
        assert len(scores[0]) == run.kept
        scored.append(torch.sigmoid(torch.stack(scores)))

    torch.testing.assert_close(torch.cat(scored, dim=1), fast(network, rgb), atol=1e-5, rtol=0)


def test_frames_are_compared_within_their_official_window_only(network: FastNetwork) -> None:
    """Convolutions see 48 frames ahead: those of the first window, which ends at 100, end at 148."""
    run = two_shots(200)
    changed = run.copy()
    changed[150:] = 255 - changed[150:]

    scores, others = fast(network, run), fast(network, changed)

    torch.testing.assert_close(scores[:, :50], others[:, :50], atol=1e-6, rtol=0)
    assert (scores[:, 100:] - others[:, 100:]).abs().max() > 0.01


@pytest.mark.parametrize(
    "arithmetic", [Arithmetic.BFLOAT16, Arithmetic.TORCH_BFLOAT16], ids=lambda value: value.name
)
@pytest.mark.skipif(fastest_arithmetic() is not Arithmetic.BFLOAT16, reason="not what runs here")
def test_bfloat16_is_close_to_float32(
    detector: TransNetV2Detector, network: FastNetwork, arithmetic: Arithmetic
) -> None:
    window = two_shots(100)

    scores = fast(FastNetwork(detector.model, arithmetic), window)

    torch.testing.assert_close(scores, fast(network, window), atol=0.025, rtol=0)


def test_a_late_network_is_made_once_and_not_before_it_is_called() -> None:
    made: list[torch.Tensor] = []

    def make() -> Network:
        made.append(torch.zeros(1))
        return lambda rgb, threads: (rgb + 1, rgb + threads())

    late = LateNetwork(make)
    assert not made

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seen: late(seen, lambda: 2), torch.arange(8)))

    assert found == [(torch.tensor(seen + 1), torch.tensor(seen + 2)) for seen in range(8)]
    assert len(made) == 1
