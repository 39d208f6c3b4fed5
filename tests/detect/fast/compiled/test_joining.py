"""Against torch's operations, one after the other, for numbers of both kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.fast.compiled.joining import LANES, pool, put

KINDS = [torch.float32, torch.bfloat16]


def flat(numbers: Tensor) -> np.ndarray[Any, Any]:
    if numbers.dtype is torch.float32:
        return numbers.numpy().reshape(-1)
    return numbers.view(torch.int16).numpy().view(np.uint16).reshape(-1)


def branches(*shape: int, kind: torch.dtype) -> list[Tensor]:
    torch.manual_seed(5)
    return [torch.randn(*shape).to(kind) for _ in range(4)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("filters", [LANES, 3 * LANES])
def test_branches_are_activated_side_by_side(kind: torch.dtype, filters: int) -> None:
    given = branches(7, filters, kind=kind)
    made = torch.full((7, 4 * filters), torch.nan).to(kind)

    for index, branch in enumerate(given):
        put(flat(branch), flat(made), 7, filters, index * filters)

    assert torch.equal(made, torch.cat(given, dim=1).relu())


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize(("height", "width"), [(6, 8), (7, 9), (2, 2)])
@pytest.mark.parametrize("filters", [LANES, 2 * LANES])
def test_the_shortcut_is_added_and_2x2_pixels_averaged(
    kind: torch.dtype, filters: int, height: int, width: int
) -> None:
    given = branches(3, height, width, filters, kind=kind)
    shortcut = torch.rand(3, height, width, 4 * filters).to(kind)
    made = torch.full((3, height // 2, width // 2, 4 * filters), torch.nan).to(kind)

    size = (3, height, width, filters)
    for index, branch in enumerate(given):
        pool(flat(branch), flat(shortcut), flat(made), *size, index * filters)

    added = torch.cat(given, dim=3).float().relu() + shortcut.float()
    pooled = functional.avg_pool2d(added.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(made, pooled.to(kind), atol=1e-6, rtol=2**-8)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_is_no_number_stays_none(kind: torch.dtype) -> None:
    given = branches(2, 2, LANES, kind=kind)[0]
    given[1, 0, 3] = torch.nan
    joined = torch.zeros(4, 4 * LANES).to(kind)
    pooled = torch.zeros(1, 4 * LANES).to(kind)

    put(flat(given), flat(joined), 4, LANES, LANES)
    pool(flat(given), flat(torch.zeros_like(joined)), flat(pooled), 1, 2, 2, LANES, LANES)

    assert joined.isnan().nonzero().tolist() == [[2, LANES + 3]]
    assert pooled.isnan().nonzero().tolist() == [[0, LANES + 3]]
