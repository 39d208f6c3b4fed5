"""How so many windows become batches of the few sizes that are ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIZES = (1, 4, 16)
"""Windows in a batch. A window is 100 frames, so that 16 of them fill every GPU; the small sizes
are for the first windows of a run and the last."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive windows and the size of batch that takes them; the rest of it is padding."""

    first: int
    windows: int
    size: int


def batches_of(windows: int, sizes: Sequence[int]) -> list[Batch]:
    """Cover so many windows, in order, by batches that are full or at least half full.

    :param sizes: ascending, beginning with 1.
    """
    batches = []
    first = 0
    while left := windows - first:
        holding = next((size for size in sizes if size >= left), sizes[-1])
        if 2 * left < holding:
            holding = max(size for size in sizes if size <= left)
        taken = min(left, holding)
        batches.append(Batch(first, taken, holding))
        first += taken
    return batches


def sizes_up_to(most: int) -> tuple[int, ...]:
    """The sizes that a batch of ``most`` windows needs; all of them where it is 0."""
    if not most:
        return SIZES
    return (*(size for size in SIZES if size < most), most)
