"""Stacks a few frames at a time, against the model's own over all of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.winograd.block import FEED_FRAMES
from gpu_service.detect.fast.winograd.convolutions import WinogradConvolutions
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.stack import WinogradStack
from tests.detect.fast.weights import with_random_norms


@pytest.mark.parametrize("frames", [1, 8, FEED_FRAMES, 2 * FEED_FRAMES + 5])
@pytest.mark.parametrize(("inputs", "height", "width"), [(3, 7, 9), (64, 6, 4)])
def test_frames_come_out_as_of_the_whole(frames: int, inputs: int, height: int, width: int) -> None:
    torch.manual_seed(2)
    stack = with_random_norms(DilatedStack(inputs, 16))
    x = np.random.default_rng(1).random((frames, height, width, inputs), np.float32)
    given = [x[first : first + FEED_FRAMES] for first in range(0, frames, FEED_FRAMES)]

    with torch.no_grad(), Hands(lambda: 1) as hands:
        own = WinogradStack(stack)
        parts, _ = own(given, own.begin(height, width), hands, ends=True)
        whole = stack(torch.from_numpy(x).permute(3, 0, 1, 2)[None])[0].permute(1, 2, 3, 0)

    np.testing.assert_allclose(np.concatenate(parts), whole.numpy(), atol=1e-5)
    assert max(map(len, parts)) <= FEED_FRAMES, "the next stack takes no more"


def test_stacks_follow_each_other() -> None:
    torch.manual_seed(2)
    stacks = [with_random_norms(DilatedStack(*size)) for size in ((3, 16), (64, 16))]
    rgb = torch.randint(0, 256, (70, 12, 16, 3), dtype=torch.uint8)
    x = (rgb / 255).permute(3, 0, 1, 2)[None]

    with torch.no_grad():
        means, last = WinogradConvolutions(stacks)(rgb, lambda: 1)
        first = stacks[0](x)
        second = stacks[1](first)

    expected = torch.cat([made[0].mean(dim=(2, 3)).T for made in (first, second)], dim=1)
    torch.testing.assert_close(means, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(last, second[0].permute(1, 2, 3, 0).flatten(1), atol=1e-5, rtol=0)
