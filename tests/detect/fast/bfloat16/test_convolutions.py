"""Against torch alone, in float32 and in bfloat16, which rounds more often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.arithmetic import Arithmetic
from gpu_service.detect.fast.bfloat16.convolutions import Bfloat16Convolutions
from tests.detect.fast.weights import with_random_norms


@pytest.fixture(scope="module")
def stacks() -> list[DilatedStack]:
    torch.manual_seed(2)
    return [with_random_norms(DilatedStack(*size)) for size in ((3, 16), (64, 32))]


def frames(count: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 13, 16, 3), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("count", [1, 7, 32, 45])
def test_they_are_near_those_in_float32(stacks: list[DilatedStack], count: int) -> None:
    rgb = frames(count)

    with torch.inference_mode():
        means, last = Bfloat16Convolutions(stacks)(rgb, lambda: 1)
        expected = Arithmetic.TORCH_FLOAT32.convolutions(stacks)(rgb, lambda: 1)
        alone = Arithmetic.TORCH_BFLOAT16.convolutions(stacks)(rgb, lambda: 1)

    for made, exact, other in zip((means, last), expected, alone, strict=True):
        error, usual = (made - exact).abs().max(), (other - exact).abs().max()
        assert error <= 1.5 * usual, "no coarser than bfloat16 is"
        assert usual < exact.abs().max() / 20


def test_a_run_leaves_nothing_behind_for_the_next(stacks: list[DilatedStack]) -> None:
    convolutions = Bfloat16Convolutions(stacks)

    with torch.inference_mode():
        before = convolutions(frames(20), lambda: 1)
        convolutions(frames(50, seed=3), lambda: 1)
        after = convolutions(frames(20), lambda: 1)

    assert all(map(torch.equal, before, after))


def test_runs_at_once_do_not_meet(stacks: list[DilatedStack]) -> None:
    convolutions = Bfloat16Convolutions(stacks)
    runs = [frames(20 + seed, seed) for seed in range(6)]

    def convolve(rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.inference_mode():
            return convolutions(rgb, lambda: 1)

    one_by_one = [convolve(rgb) for rgb in runs]
    with ThreadPoolExecutor(3) as threads:
        at_once = list(threads.map(convolve, runs))

    for made, expected in zip(at_once, one_by_one, strict=True):
        assert all(map(torch.equal, made, expected))


def test_what_was_begun_in_inference_mode_goes_on_outside(stacks: list[DilatedStack]) -> None:
    convolutions = Bfloat16Convolutions(stacks)

    with torch.inference_mode():
        before = convolutions(frames(20), lambda: 1)
    with torch.no_grad():
        after = convolutions(frames(20), lambda: 1)

    assert all(map(torch.equal, before, after))


@pytest.mark.parametrize("arithmetic", [Arithmetic.BFLOAT16, Arithmetic.WINOGRAD])
def test_stacks_that_compiled_code_is_not_for_are_refused(arithmetic: Arithmetic) -> None:
    with torch.inference_mode(), pytest.raises(ValueError, match="4 branches of 16"):
        arithmetic.convolutions([DilatedStack(3, 8).eval()])(frames(20), lambda: 1)
