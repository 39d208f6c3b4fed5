"""Threads that share the work on one run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.fast.threads import take_threads
from gpu_service.detect.fast.winograd import tiles
from gpu_service.frames import Float32Array


class Workspace:
    """What one thread needs while it convolves: 18 MiB."""

    def __init__(self) -> None:
        self.given = np.empty(tiles.POINTS * tiles.PLANE, np.float32)
        self.made = np.empty(tiles.POINTS * tiles.TILES * tiles.MOST_OUTPUTS, np.float32)
        self.scratch = np.empty(tiles.SCRATCH, np.float32)

    def given_tiles(self, count: int, channels: int) -> Tensor:
        """``(POINTS, count, channels)``, a view."""
        planes = torch.from_numpy(self.given).view(tiles.POINTS, tiles.PLANE)
        return planes[:, : count * channels].view(tiles.POINTS, count, channels)

    def made_tiles(self, count: int, channels: int) -> Tensor:
        """``(POINTS, count, channels)``, a view, contiguous: torch multiplies into nothing else all
        at once."""
        made = self.made[: tiles.POINTS * count * channels]
        return torch.from_numpy(made).view(tiles.POINTS, count, channels)


Task = Callable[[Workspace], None]


class Hands:
    """The calling thread, and others that help while they may.

    Each takes the next task when it is done with one, so that none waits for another whose core
    somebody else has; torch's own threads meet behind every operation.

    torch's own operations have one thread in each of them, in the calling one from then on.

    :param threads: how many may work on it now; asked anew for every few tasks.
    """

    def __init__(self, threads: Callable[[], int]) -> None:
        self._threads = threads
        self._spaces = [Workspace()]
        self._helpers = ThreadPoolExecutor(
            thread_name_prefix="convolve", initializer=take_threads, initargs=(1,)
        )

    def __enter__(self) -> Self:
        take_threads(1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._helpers.shutdown()

    def share(self, tasks: Iterable[Task]) -> None:
        """Do all of them, in any order."""
        left = deque(tasks)
        threads = min(self._threads(), len(left))
        self._spaces += [Workspace() for _ in range(threads - len(self._spaces))]
        helping = [self._helpers.submit(_work, left, space) for space in self._spaces[1:threads]]
        _work(left, self._spaces[0])
        for helper in helping:
            helper.result()

    def make(self, count: int, made_of: Callable[[int], Float32Array]) -> list[Float32Array]:
        """What the function returns for each number below ``count``, in their order."""
        made: dict[int, Float32Array] = {}

        def task(number: int, space: Workspace) -> None:
            made[number] = made_of(number)

        self.share(partial(task, number) for number in range(count))
        return [made[number] for number in range(count)]


def _work(left: deque[Task], space: Workspace) -> None:
    while True:
        try:
            task = left.popleft()
        except IndexError:
            return
        task(space)
