"""Against torch's operations, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from gpu_service.detect.fast.winograd.joining import join, join_and_pool
from gpu_service.frames import Float32Array


def branches(shape: tuple[int, ...]) -> list[Float32Array]:
    random = np.random.default_rng(5)
    return [random.standard_normal(shape, np.float32) for _ in range(4)]


def test_branches_are_activated_side_by_side() -> None:
    given = branches((7, 24))
    made = np.full(7 * 96, np.nan, np.float32)

    join(*(branch.reshape(-1) for branch in given), made, 7, 24)

    np.testing.assert_array_equal(made.reshape(7, 96), np.maximum(np.concatenate(given, axis=1), 0))


@pytest.mark.parametrize(("height", "width"), [(6, 8), (7, 9), (2, 2)])
def test_the_shortcut_is_added_and_2x2_pixels_averaged(height: int, width: int) -> None:
    given = branches((3, height, width, 8))
    shortcut = np.random.default_rng(6).random((3, height, width, 32), np.float32)
    made = np.full(3 * (height // 2) * (width // 2) * 32, np.nan, np.float32)

    flat = (branch.reshape(-1) for branch in given)
    join_and_pool(*flat, shortcut.reshape(-1), made, 3, height, width, 8)

    added = torch.from_numpy(np.maximum(np.concatenate(given, axis=3), 0) + shortcut)
    pooled = functional.avg_pool2d(added.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    np.testing.assert_allclose(made.reshape(pooled.shape), pooled.numpy(), atol=1e-6)


def test_what_is_no_number_stays_none() -> None:
    given = branches((1, 16))
    given[2][0, 3] = np.nan
    made = np.zeros(64, np.float32)

    join(*(branch.reshape(-1) for branch in given), made, 1, 16)

    assert np.flatnonzero(np.isnan(made)).tolist() == [2 * 16 + 3]
