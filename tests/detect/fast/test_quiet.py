from __future__ import annotations

import numpy as np
import pytest

from gpu_service.detect.fast.quiet import HARDLY, is_quiet, restlessness
from gpu_service.frames import UInt8Array
from tests.detect.footage import scene


def still(level: int = 100) -> UInt8Array:
    return np.full((100, 27, 48, 3), level, np.uint8)


def moving(window: UInt8Array, *, rows: slice, step_pixels: int) -> UInt8Array:
    """Soft bright bars that pass through some rows, from the first frame to the last."""
    across = np.arange(48)[None, :] - step_pixels * np.arange(100)[:, None]
    bars = 20 * np.sin(2 * np.pi * across / 48)
    moved = window.astype(np.float64)
    moved[:, rows] += bars[:, None, :, None]
    return moved.astype(np.uint8)


def test_a_picture_that_stands_is_quiet() -> None:
    assert is_quiet(np.repeat(scene(1, 1), 100, axis=0))
    assert restlessness(still()) == 0


def test_noise_is_quiet() -> None:
    rng = np.random.default_rng(0)

    assert is_quiet((still() + rng.normal(0, 6, still().shape)).astype(np.uint8))


def test_something_small_that_moves_is_quiet() -> None:
    window = still()
    for frame in range(100):
        window[frame, 10:16, frame % 42 : frame % 42 + 5] = 250

    assert is_quiet(window)


@pytest.mark.parametrize("at", [14, 25, 50, 74, 86])
def test_a_cut_is_not_quiet(at: int) -> None:
    window = still()
    window[at:] += 20

    assert not is_quiet(window)


@pytest.mark.parametrize("at", [5, 95])
def test_a_cut_far_from_the_kept_frames_does_not_count(at: int) -> None:
    window = still()
    window[at:] += 20

    assert is_quiet(window)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_a_flash_is_not_quiet(frames: int) -> None:
    window = still()
    window[50 : 50 + frames] = 255

    assert not is_quiet(window)


@pytest.mark.parametrize("frames", [4, 16, 40])
def test_a_dissolve_is_not_quiet(frames: int) -> None:
    share = np.clip((np.arange(100) - 40) / frames, 0, 1)[:, None, None, None]
    window = (still(80) * (1 - share) + still(150) * share).astype(np.uint8)

    assert not is_quiet(window)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_change_of_one_channel_counts_whole(channel: int) -> None:
    window = still()
    window[50:, ..., channel] += 20

    assert restlessness(window) == pytest.approx(20 / min(HARDLY.values()), rel=1e-4)


def test_something_large_that_moves_throughout_is_quiet() -> None:
    window = moving(still(), rows=slice(4, 18), step_pixels=1)

    assert is_quiet(window)


def test_the_same_is_not_quiet_where_it_comes_suddenly() -> None:
    window = still()
    window[50:] = moving(still(), rows=slice(4, 18), step_pixels=1)[50:]

    assert not is_quiet(window)


def test_a_picture_of_which_most_moves_is_not_quiet() -> None:
    window = moving(still(), rows=slice(0, 27), step_pixels=1)

    assert not is_quiet(window)


@pytest.mark.parametrize("frames", [1, 7, 16])
def test_a_caption_over_a_picture_that_stands_is_not_quiet(frames: int) -> None:
    window = still()
    share = np.clip((np.arange(100) - 40) / frames, 0, 1)[:, None, None, None]
    window[:, 8:20, 6:42] = (100 + 60 * share).astype(np.uint8)

    assert not is_quiet(window)


def test_darkening_counts_as_brightening() -> None:
    brighter, darker = still(), still()
    brighter[50:] += 40
    darker[50:] -= 40

    assert restlessness(brighter) == pytest.approx(restlessness(darker))
