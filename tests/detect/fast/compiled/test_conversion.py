"""Against torch's own bfloat16."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.fast.compiled.conversion import narrow, wide
from gpu_service.detect.fast.compiled.functions import EITHER, NUMBER, compiled


def _double(given, made, count):  # type: ignore[no-untyped-def]
    for index in range(count):
        number = given[index]
        made[index] = narrow(wide(number) + wide(number), number)


double = compiled(EITHER, EITHER, NUMBER)(_double)


def _third(given, made, count):  # type: ignore[no-untyped-def]
    for index in range(count):
        number = given[index]
        made[index] = narrow(wide(number) / np.float32(3), number)


third = compiled(EITHER, EITHER, NUMBER)(_third)


def bits(numbers: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return numbers.view(torch.int16).numpy().view(np.uint16)


@given(st.lists(st.floats(width=32), min_size=1, max_size=40))
def test_what_follows_from_bfloat16_is_rounded_to_the_nearest(floats: list[float]) -> None:
    numbers = torch.tensor(floats).bfloat16()
    made = torch.zeros_like(numbers)

    third(bits(numbers), bits(made), len(floats))

    expected = (numbers.float() / 3).bfloat16()
    assert torch.equal(made.isnan(), expected.isnan())
    assert torch.equal(made.nan_to_num(), expected.nan_to_num())


def test_every_bfloat16_is_itself_again() -> None:
    numbers = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    made = torch.zeros_like(numbers)

    double(bits(numbers), bits(made), len(numbers))

    assert torch.equal(made.isnan(), numbers.isnan())
    assert torch.equal(made.nan_to_num(), (numbers + numbers).nan_to_num())


def test_float32_is_left_as_it_is() -> None:
    numbers = np.array([1 / 3, -7, 1e-40, np.inf], np.float32)
    made = np.zeros_like(numbers)

    double(numbers, made, len(numbers))

    np.testing.assert_array_equal(made, 2 * numbers)
