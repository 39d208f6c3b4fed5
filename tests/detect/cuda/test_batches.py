from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.cuda.batches import Batch, batches_of, sizes_up_to


@pytest.mark.parametrize(
    ("windows", "sizes"),
    [
        (0, []),
        (1, [1]),
        (2, [4]),
        (4, [4]),
        (5, [4, 1]),
        (7, [4, 4]),
        (8, [16]),
        (37, [16, 16, 4, 1]),
    ],
)
def test_batches_are_at_least_half_full(windows: int, sizes: list[int]) -> None:
    assert [batch.size for batch in batches_of(windows, (1, 4, 16))] == sizes


@given(st.integers(0, 300), st.integers(0, 40))
def test_every_window_is_in_one_batch(windows: int, most: int) -> None:
    sizes = sizes_up_to(most)
    batches = batches_of(windows, sizes)
    covered = [batch.first + row for batch in batches for row in range(batch.windows)]
    assert covered == list(range(windows))
    assert all(batch.size in sizes and batch.windows <= batch.size for batch in batches)
    assert all(2 * batch.windows >= batch.size for batch in batches)


def test_no_batch_is_larger_than_the_setting() -> None:
    assert sizes_up_to(0) == (1, 4, 16)
    assert sizes_up_to(1) == (1,)
    assert sizes_up_to(4) == (1, 4)
    assert sizes_up_to(6) == (1, 4, 6)
    assert sizes_up_to(64) == (1, 4, 16, 64)
    assert batches_of(2, (1,)) == [Batch(0, 1, 1), Batch(1, 1, 1)]
