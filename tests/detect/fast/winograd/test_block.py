"""Blocks a few frames at a time, against the model's own over all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from gpu_service.detect.blocks import DilatedBlock
from gpu_service.detect.fast.winograd.block import FEED_FRAMES, WinogradBlock
from gpu_service.detect.fast.winograd.composed import ComposedBlock
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.frames import Float32Array
from tests.detect.fast.weights import with_random_norms

FILTERS = 16


def dilated(inputs: int) -> DilatedBlock:
    torch.manual_seed(3)
    return with_random_norms(DilatedBlock(inputs, FILTERS))


def whole(block: DilatedBlock, x: Float32Array) -> Float32Array:
    with torch.no_grad():
        made = block(torch.from_numpy(x).permute(3, 0, 1, 2)[None])
    array: Float32Array = made[0].permute(1, 2, 3, 0).numpy()
    return array


@pytest.mark.parametrize("lengths", [[FEED_FRAMES, 1, 7, FEED_FRAMES], [3], [8], [9, 2], [1] * 20])
@pytest.mark.parametrize(("kind", "inputs"), [(WinogradBlock, 16), (ComposedBlock, 3)])
def test_frames_come_out_as_of_the_whole_whatever_parts_they_go_in_by(
    kind: type[WinogradBlock | ComposedBlock], inputs: int, lengths: list[int]
) -> None:
    block = dilated(inputs)
    x = np.random.default_rng(1).random((sum(lengths), 5, 6, inputs), np.float32)
    ends = list(itertools.accumulate(lengths))

    with torch.no_grad(), Hands(lambda: 2) as hands:
        own = kind(block)
        stream = own.stream(own.begin(5, 6), hands)
        parts = [stream.feed(x[end - n : end]) for end, n in zip(ends, lengths, strict=True)]
        parts.append(stream.finish())

    made = np.concatenate([np.concatenate(part, axis=3) for part in parts if part])
    np.testing.assert_allclose(made, whole(block, x), atol=1e-4)
    assert max(len(part[0]) for part in parts if part) <= FEED_FRAMES
