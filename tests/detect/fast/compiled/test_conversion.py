"""Against torch's own bfloat16."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from gpu_service.detect.fast.compiled.conversion import narrow, wide


def _narrowed(given, made):  # type: ignore[no-untyped-def]
    for index in range(len(given)):
        made[index] = narrow(given[index], made[index])


def _widened(given, made):  # type: ignore[no-untyped-def]
    for index in range(len(given)):
        made[index] = wide(given[index])


# Kept code would be that of an earlier conversion.
narrowed: Any = njit([f"void(float32[::1], {kind}[::1])" for kind in ("float32", "uint16")])(
    _narrowed
)
widened: Any = njit([f"void({kind}[::1], float32[::1])" for kind in ("float32", "uint16")])(
    _widened
)


def in_bfloat16(bits: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Those float32 by us, and by torch."""
    numbers = np.array(bits, np.uint32).view(np.float32)
    made = np.zeros(len(bits), np.uint16)
    narrowed(numbers, made)
    ours = torch.from_numpy(made.view(np.int16)).view(torch.bfloat16)
    return ours, torch.from_numpy(numbers).to(torch.bfloat16)


def assert_same(ours: torch.Tensor, torchs: torch.Tensor) -> None:
    torch.testing.assert_close(ours, torchs, rtol=0, atol=0, equal_nan=True)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60))
def test_any_number_becomes_the_nearest(bits: list[int]) -> None:
    assert_same(*in_bfloat16(bits))


def test_of_two_as_near_the_even_one_is_taken() -> None:
    ours, torchs = in_bfloat16([0x3F808000, 0x3F818000, 0xBF808000, 0xBF818000, 0x3F808001])

    assert_same(ours, torchs)
    assert ours[0] != ours[1]


def test_what_is_too_large_is_infinite_and_what_is_no_number_stays_none() -> None:
    ours, torchs = in_bfloat16([0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF])

    assert_same(ours, torchs)
    assert ours.isnan().tolist() == [False, False, True, True, True]


def test_every_bfloat16_is_that_number_in_float32() -> None:
    bits = np.arange(2**16, dtype=np.uint32).astype(np.uint16)
    made = np.zeros(2**16, np.float32)

    widened(bits, made)

    assert_same(
        torch.from_numpy(made), torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float()
    )


def test_float32_is_left_as_it_is() -> None:
    numbers = np.array([1 / 3, -7, 1e-40, np.inf], np.float32)
    wider, narrower = np.zeros_like(numbers), np.zeros_like(numbers)

    widened(numbers, wider)
    narrowed(numbers, narrower)

    np.testing.assert_array_equal(wider, numbers)
    np.testing.assert_array_equal(narrower, numbers)
