"""Against torch's operations, one after the other, for numbers of both kinds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.fast.compiled.joining import LANES, Kept, join, join_and_pool

KINDS = [torch.float32, torch.bfloat16]


def kept(numbers: Tensor) -> Kept:
    if numbers.dtype is torch.float32:
        array: Kept = numbers.numpy()
        return array
    return numbers.view(torch.int16).numpy().view(np.uint16)


def branches(*shape: int, kind: torch.dtype) -> list[Tensor]:
    torch.manual_seed(5)
    return [torch.randn(*shape).to(kind) for _ in range(4)]


def parts(branch: torch.Tensor) -> list[Kept]:
    half = len(branch) // 2
    return [kept(branch[:half]), kept(branch[half:])]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("filters", [LANES, 3 * LANES])
def test_branches_are_activated_side_by_side(kind: torch.dtype, filters: int) -> None:
    given = branches(7, filters, kind=kind)
    made = torch.full((7, 4 * filters), torch.nan).to(kind)

    join(map(parts, given), kept(made))

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

    join_and_pool(map(parts, given), kept(shortcut), kept(made))

    added = torch.cat(given, dim=3).float().relu() + shortcut.float()
    pooled = functional.avg_pool2d(added.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(made, pooled.to(kind), atol=1e-6, rtol=2**-8)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_is_no_number_stays_none(kind: torch.dtype) -> None:
    given = branches(1, 2, 2, LANES, kind=kind)
    given[1][0, 1, 0, 3] = torch.nan
    joined = torch.zeros(1, 2, 2, 4 * LANES).to(kind)
    pooled = torch.zeros(1, 1, 1, 4 * LANES).to(kind)

    join(map(parts, given), kept(joined))
    join_and_pool(map(parts, given), kept(torch.zeros_like(joined)), kept(pooled))

    assert joined.isnan().nonzero().tolist() == [[0, 1, 0, LANES + 3]]
    assert pooled.isnan().nonzero().tolist() == [[0, 0, 0, LANES + 3]]


@pytest.mark.parametrize(
    ("count", "shape", "into"),
    [
        (4, (5, LANES), (4, 4 * LANES)),
        (5, (4, LANES), (4, 4 * LANES)),
        (4, (4, 8), (4, 32)),
        (4, (4, 24), (4, 96)),
    ],
    ids=["too many pixels", "too many branches", "half a vector", "a vector and a half"],
)
def test_what_does_not_fit_is_refused(
    count: int, shape: tuple[int, ...], into: tuple[int, ...]
) -> None:
    given, joined = np.zeros(shape, np.float32), np.zeros(into, np.float32)

    with pytest.raises(ValueError, match=r"fit|no place"):
        join([[given]] * count, joined)


def test_what_is_not_contiguous_is_refused() -> None:
    joined = np.zeros((8, 4 * LANES), np.float32)[::2]

    with pytest.raises(ValueError, match="no place"):
        join([[np.zeros((4, LANES), np.float32)]] * 4, joined)


def test_an_average_of_another_size_is_refused() -> None:
    shortcut = np.zeros((2, 4, 4, 4 * LANES), np.float32)

    with pytest.raises(ValueError, match="averaged"):
        join_and_pool([[shortcut[..., :LANES]]] * 4, shortcut, shortcut[:, :2, :1].copy())


def test_a_part_of_half_a_frame_is_refused() -> None:
    shortcut = np.zeros((2, 4, 4, 4 * LANES), np.float32)
    halves = [np.zeros((4, 4, LANES), np.float32)[:rows] for rows in (2, 4, 2)]

    with pytest.raises(ValueError, match="whole frames"):
        join_and_pool([halves] * 4, shortcut, shortcut[:, :2, :2].copy())
