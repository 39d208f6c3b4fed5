"""What runs batches, and the plain way to: at once, on whichever device the network is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.cuda.precision import exact_float32
from gpu_service.detect.cuda.streams import new_stream
from gpu_service.detect.windows import WINDOW_FRAMES
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, Float32Array, UInt8Array

Network = Callable[[Tensor], Tensor]
"""``(N, 100, 27, 48, 3)`` uint8 to ``(2, N, 50)`` float32, both on one device."""


class Pending(Protocol):
    """Scores on their way."""

    def wait(self) -> Float32Array:
        """``(2, N, 50)`` "single" and "many" of the batch's windows, memory of their own; blocks."""
        ...


class Runner(Protocol):
    """Runs a network over batches of a few fixed sizes; used by one thread at a time."""

    sizes: tuple[int, ...]
    """Batch sizes that it takes, ascending, beginning with 1."""

    in_flight: int
    """Batches that may be started before the first of them is waited for."""

    def start(self, windows: Sequence[UInt8Array], size: int) -> Pending:
        """Begin a batch: ``(100, 27, 48, 3)`` each, at most ``size``; the rest of it is padding."""
        ...


class Staging:
    """Host memory for the input of one batch.

    What is left in it of an earlier batch is the padding of the next: rows do not see each other.

    :param pinned: for copies that the host need not wait for.
    """

    def __init__(self, size: int, *, pinned: bool = False) -> None:
        shape = (size, WINDOW_FRAMES, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3)
        rgb = torch.zeros(shape, dtype=torch.uint8)
        self.rgb = rgb.pin_memory() if pinned else rgb
        self._rows: UInt8Array = self.rgb.numpy()

    def fill(self, windows: Sequence[UInt8Array]) -> None:
        """Copy the windows in."""
        np.stack(windows, out=self._rows[: len(windows)])


@dataclass(frozen=True, slots=True)
class Done:
    """Scores that are there."""

    heads: Float32Array

    def wait(self) -> Float32Array:
        """See :class:`Pending`."""
        return self.heads


class EagerRunner:
    """A :class:`Runner` that computes within :meth:`start`.

    On a GPU it is for what is rare: it keeps a stream of its own, but no graph, and one batch's
    copies do not overlap another one's work.

    :param network: on ``device``.
    :param sizes: of batches, beginning with 1.
    """

    in_flight = 1

    def __init__(self, network: Network, device: torch.device, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self._network = network
        self._device = device
        on_gpu = device.type == "cuda"
        self._stream = new_stream(device) if on_gpu else None
        self._staging = {size: Staging(size, pinned=on_gpu) for size in sizes}

    def start(self, windows: Sequence[UInt8Array], size: int) -> Done:
        """See :class:`Runner`."""
        staging = self._staging[size]
        staging.fill(windows)
        with torch.inference_mode(), torch.cuda.stream(self._stream), exact_float32():
            heads = self._network(staging.rgb.to(self._device, non_blocking=True))
            return Done(heads.cpu().numpy()[:, : len(windows)])
