"""Frames that go through the convolutions in several runs come out as those of one."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.arithmetic import LOOK_AHEAD_FRAMES, Arithmetic, Convolutions
from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.transnetv2 import TransNetV2
from tests.detect.fast.weights import with_random_norms

WAYS = list(Arithmetic)


def convolutions(arithmetic: Arithmetic) -> Convolutions:
    torch.manual_seed(2)
    stacks = [with_random_norms(DilatedStack(*size)) for size in ((3, 16), (64, 16))]
    return arithmetic.convolutions(stacks)


CONVOLUTIONS = {arithmetic: convolutions(arithmetic) for arithmetic in WAYS}


def frames(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, 12, 16, 3), dtype=torch.uint8, generator=generator)


def handed_on(count: int) -> list[tuple[Handover | None, Handover | None]]:
    """Before and after each of so many runs."""
    between = [Handover() for _ in range(count - 1)]
    return list(itertools.pairwise([None, *between, None]))


def close(made: tuple[Tensor, Tensor], whole: tuple[Tensor, Tensor], dtype: torch.dtype) -> None:
    for one, other in zip(made, whole, strict=True):
        # Some rows are one ulp of bfloat16 apart, since other kernels add up in another order.
        atol = 1e-5 if dtype == torch.float32 else 0.02 * float(other.abs().max())
        torch.testing.assert_close(one, other, atol=atol, rtol=0)


@pytest.mark.parametrize("arithmetic", WAYS, ids=lambda value: value.name)
@settings(deadline=None, max_examples=30)
@given(lengths=st.lists(st.integers(0, 70), min_size=2, max_size=5).filter(sum))
def test_in_whatever_runs_frames_come(arithmetic: Arithmetic, lengths: list[int]) -> None:
    own = CONVOLUTIONS[arithmetic]
    rgb = frames(sum(lengths))
    runs = zip(torch.split(rgb, lengths), handed_on(len(lengths)), strict=True)

    with torch.inference_mode():
        whole = own(rgb, lambda: 1)
        made = [own(part, lambda: 1, before, after) for part, (before, after) in runs]

    means, last = (torch.cat(parts) for parts in zip(*made, strict=True))
    close((means, last), whole, arithmetic.dtype)


@pytest.mark.parametrize("arithmetic", WAYS, ids=lambda value: value.name)
def test_a_frame_comes_out_once_all_that_it_sees_is_known(arithmetic: Arithmetic) -> None:
    torch.manual_seed(4)
    official = arithmetic.convolutions(TransNetV2().eval().stacks())
    rgb = torch.zeros(70, 27, 48, 3, dtype=torch.uint8)

    with torch.inference_mode():
        means, last = official(rgb, lambda: 1, None, Handover())

    assert len(means) == len(last) == 70 - LOOK_AHEAD_FRAMES


@pytest.mark.parametrize("arithmetic", WAYS, ids=lambda value: value.name)
def test_a_later_run_may_be_begun_before_the_earlier_one(arithmetic: Arithmetic) -> None:
    own = CONVOLUTIONS[arithmetic]
    rgb = frames(120)
    runs = list(zip(torch.split(rgb, 40), handed_on(3), strict=True))

    def convolve(run: tuple[Tensor, tuple[Handover | None, Handover | None]]) -> list[Tensor]:
        part, (before, after) = run
        with torch.inference_mode():
            return list(own(part, lambda: 1, before, after))

    one_by_one = [convolve(run) for run in runs]
    again = [(part, between) for (part, _), between in zip(runs, handed_on(3), strict=True)]
    with ThreadPoolExecutor(3) as threads:
        late_first = [threads.submit(convolve, run) for run in reversed(again)]
        at_once = [one.result() for one in reversed(late_first)]

    for made, expected in zip(at_once, one_by_one, strict=True):
        assert all(map(torch.equal, made, expected))
