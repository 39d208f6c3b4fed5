"""The two ways of saying how a picture is turned agree."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from gpu_service.decode.orient import Matrix, turn, turns

_STRAIGHT = [(a, 0, 0, d) for a, d in product((1, -1), repeat=2)]
_ASIDE = [(0, b, c, 0) for b, c in product((1, -1), repeat=2)]
_ODD = [(9, 2, -2, 9), (2, 9, -9, 2), (-9, 2, 2, 9)]


@pytest.mark.parametrize("matrix", [*_STRAIGHT, *_ASIDE, *_ODD], ids=str)
def test_turns_after_a_mirroring_are_the_matrix(matrix: Matrix) -> None:
    rgb = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    quarter_turns, mirrored = turns(matrix)
    before = rgb[:, ::-1] if mirrored else rgb
    assert np.array_equal(np.rot90(before, quarter_turns), turn(rgb, matrix))
