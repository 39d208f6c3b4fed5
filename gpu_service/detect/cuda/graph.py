"""A network's work on one shape, recorded once and replayed: no launch overhead, no allocation.

After "CUDA Graphs" in PyTorch's notes on CUDA semantics: warmed up on a side stream, captured there,
its input and output at fixed addresses.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from gpu_service.detect.cuda.precision import exact_float32
from gpu_service.detect.cuda.runner import Network

_WARM_UPS = 3


class CapturedNetwork:
    """A CUDA graph of a network for one shape of input.

    All graphs of one pool share the memory of what is in between, so they must be replayed on one
    stream, and each output be copied before the next replay.

    :param rgb: uint8 on the GPU, an input of that shape; from now on the input's fixed place.
    :param stream: where it is captured; the caller replays on it too.
    :param pool: from :func:`torch.cuda.graph_pool_handle`.
    """

    def __init__(
        self, network: Network, rgb: Tensor, *, stream: torch.cuda.Stream, pool: Any
    ) -> None:
        self.rgb = rgb
        # The graph knows the weights by their addresses alone.
        self._network = network
        stream.wait_stream(torch.cuda.current_stream(rgb.device))
        with torch.inference_mode(), exact_float32():
            with torch.cuda.stream(stream):
                # cuDNN builds its plans and cuBLAS its workspace, which a capture must not.
                for _ in range(_WARM_UPS):
                    network(rgb)
            stream.synchronize()
            self._graph = torch.cuda.CUDAGraph()
            # Other threads decode meanwhile: what they do on the device is their own affair.
            with (
                _no_garbage_collected(),
                torch.cuda.graph(
                    self._graph, pool=pool, stream=stream, capture_error_mode="thread_local"
                ),
            ):
                self.heads = network(rgb)

    def replay(self) -> Tensor:
        """Run it on the current stream over what :attr:`rgb` holds; returns the fixed output."""
        self._graph.replay()
        return self.heads


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """What is collected may free memory of the GPU, and to do so in this thread breaks a capture."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
