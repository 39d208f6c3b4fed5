"""What runs batches, and the plain way to: at once, on whichever device the network is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gpu_service.detect.cuda.precision import exact_float32
from gpu_service.detect.cuda.streams import new_stream
from gpu_service.detect.cuda.windows import DeviceWindow, gather
from gpu_service.detect.windows import WINDOW_FRAMES
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, Float32Array

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

    def start(self, windows: Sequence[DeviceWindow], size: int) -> Pending:
        """Begin a batch of at most ``size`` windows on the network's device; the rest is padding.

        They have to live, and to stay as they are, until the scores are there.
        """
        ...


def no_windows(size: int, device: torch.device) -> Tensor:
    """``(size, 100, 27, 48, 3)`` uint8 for the input of one batch.

    What is left in it of an earlier batch is the padding of the next: rows do not see each other.
    """
    shape = (size, WINDOW_FRAMES, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3)
    return torch.zeros(shape, dtype=torch.uint8, device=device)


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
        self._stream = new_stream(device) if device.type == "cuda" else None
        self._batches = {size: no_windows(size, device) for size in sizes}
        if self._stream is not None:
            # They are being made on the current one.
            self._stream.wait_stream(torch.cuda.current_stream(device))

    def start(self, windows: Sequence[DeviceWindow], size: int) -> Done:
        """See :class:`Runner`."""
        rgb = self._batches[size]
        with torch.inference_mode(), torch.cuda.stream(self._stream), exact_float32():
            gather(windows, rgb)
            return Done(self._network(rgb).cpu().numpy()[:, : len(windows)])
