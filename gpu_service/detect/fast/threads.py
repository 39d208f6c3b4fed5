"""How many threads torch works with."""

from __future__ import annotations

import torch


def take_threads(count: int) -> None:
    """Let torch's operations have so many, where this thread calls them.

    OpenMP keeps the number per thread: those of other threads stay as they are.
    """
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
