"""Memory that one run after another writes into."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import torch
from torch import Tensor


class Room:
    """What the largest run so far has needed."""

    def __init__(self) -> None:
        self._numbers = torch.empty(0, dtype=torch.bfloat16)

    def take(self, *shape: int) -> Tensor:
        """A bfloat16 tensor of this shape, contiguous and not cleared; the one that was taken before
        is overwritten."""
        count = prod(shape)
        if len(self._numbers) < count:
            # What is made in inference mode may be written in it only.
            with torch.inference_mode(False):
                self._numbers = torch.empty(count, dtype=torch.bfloat16)
        return self._numbers[:count].view(shape)


class Rooms:
    """As many as there are runs at once."""

    def __init__(self) -> None:
        self._free: deque[Room] = deque()

    @contextmanager
    def one(self) -> Iterator[Room]:
        """One that nobody else has meanwhile."""
        try:
            room = self._free.pop()
        except IndexError:
            room = Room()
        yield room
        self._free.append(room)
