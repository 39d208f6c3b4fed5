"""Against torch's own convolution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from gpu_service.detect.fast.winograd.convolution import WinogradConvolution
from gpu_service.detect.fast.winograd.hands import Hands

POISON = 1e9


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 5),
    height=st.integers(1, 15),
    width=st.integers(1, 15),
    inputs=st.sampled_from([16, 48]),
    groups=st.sampled_from([1, 2, 4]),
    before=st.integers(0, 2),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_is_a_3x3_convolution_with_zeros_around_each_frame(
    frames: int, height: int, width: int, inputs: int, groups: int, before: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.standard_normal((frames, height, width, inputs), np.float32)
    weight = torch.from_numpy(random.standard_normal((64, inputs, 3, 3), np.float32))
    shape = (groups, before + frames + 1, height, width, 64 // groups)
    y = np.full(shape, POISON, np.float32)

    with Hands(lambda: 1) as hands:
        WinogradConvolution(weight)(x, y, before, hands)

    expected = functional.conv2d(torch.from_numpy(x).permute(0, 3, 1, 2), weight, padding=1)
    grouped = expected.permute(0, 2, 3, 1).reshape(frames, height, width, groups, -1)
    grouped = grouped.permute(3, 0, 1, 2, 4)
    np.testing.assert_allclose(y[:, before:-1], grouped.numpy(), atol=5e-5 * inputs)
    assert (y[:, :before] == POISON).all(), "frames of others stay as they are"
    assert (y[:, -1] == POISON).all()


def test_no_frames_are_none() -> None:
    y = np.full((1, 1, 4, 4, 16), POISON, np.float32)

    with Hands(lambda: 1) as hands:
        WinogradConvolution(torch.ones(16, 16, 3, 3))(
            np.empty((0, 4, 4, 16), np.float32), y, 0, hands
        )

    assert (y == POISON).all()


def test_later_batches_of_tiles_are_as_the_first() -> None:
    random = np.random.default_rng(2)
    x = random.standard_normal((20, 13, 24, 16), np.float32)
    weight = torch.from_numpy(random.standard_normal((16, 16, 3, 3), np.float32))
    y = np.full((1, 20, 13, 24, 16), POISON, np.float32)

    with Hands(lambda: 1) as hands:
        WinogradConvolution(weight)(x, y, 0, hands)

    expected = functional.conv2d(torch.from_numpy(x).permute(0, 3, 1, 2), weight, padding=1)
    np.testing.assert_allclose(y[0], expected.permute(0, 2, 3, 1).numpy(), atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 2, 4, 4, 16), (4, 3, 4, 4, 4)])
def test_what_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    convolution = WinogradConvolution(torch.ones(16, 16, 3, 3))
    x = np.ones((2, 4, 4, 16), np.float32)

    with pytest.raises(ValueError, match="does not fit"), Hands(lambda: 1) as hands:
        convolution(x, np.empty(shape, np.float32), 1, hands)


@pytest.mark.parametrize("channels", [(16, 272), (528, 16), (16, 8), (8, 16)])
def test_channels_that_the_tiles_have_no_place_for_are_refused(channels: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="channels"):
        WinogradConvolution(torch.ones(*channels, 3, 3))


def test_more_threads_make_the_same_to_the_bit() -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal((40, 13, 24, 32), np.float32)
    convolution = WinogradConvolution(
        torch.from_numpy(random.standard_normal((32, 32, 3, 3), np.float32))
    )
    made = []
    for threads in (1, 3):
        y = np.empty((1, 40, 13, 24, 32), np.float32)
        with Hands(lambda threads=threads: threads) as hands:  # type: ignore[misc]
            convolution(x, y, 0, hands)
        made.append(y)

    np.testing.assert_array_equal(made[0], made[1])
