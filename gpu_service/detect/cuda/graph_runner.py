"""Batches on the GPU: copied, computed and fetched without the host waiting in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gpu_service.detect.cuda.graph import CapturedNetwork
from gpu_service.detect.cuda.runner import Network, no_windows
from gpu_service.detect.cuda.streams import new_event, new_stream
from gpu_service.detect.cuda.windows import DeviceWindow, gather
from gpu_service.detect.windows import STRIDE_FRAMES
from gpu_service.frames import Float32Array

_SLOTS = 2
"""Of each size: while one batch is computed, the next is copied in and the last one copied out."""


class GraphRunner:
    """A :class:`~gpu_service.detect.cuda.runner.Runner` on CUDA graphs, one for each batch size.

    Three streams, none of them the default one. Windows are put together on the first; the second
    waits for that, moves them to the graph's fixed place, replays, and moves the output away from
    its; the third fetches that into pinned memory and records "copy done", which is all that the
    host waits for.

    :param network: on ``device``.
    :param sizes: of batches, beginning with 1.
    :raises torch.OutOfMemoryError: the GPU has no room for the largest size.
    """

    in_flight = _SLOTS

    def __init__(self, network: Network, device: torch.device, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self._compute = new_stream(device)
        self._copy_in = new_stream(device)
        self._copy_out = new_stream(device)
        pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[int, CapturedNetwork] = {}
        # The largest first: the others then fit into the memory that it has taken.
        for size in reversed(sizes):
            rgb = no_windows(size, device)
            self._graphs[size] = CapturedNetwork(network, rgb, stream=self._compute, pool=pool)
        self._slots = {size: [_Slot(size, device) for _ in range(_SLOTS)] for size in sizes}
        self._turn = dict.fromkeys(sizes, 0)
        # What was allocated belongs to this stream, where its former owner may still be at work.
        torch.cuda.current_stream(device).synchronize()

    def start(self, windows: Sequence[DeviceWindow], size: int) -> PendingHeads:
        """See :class:`~gpu_service.detect.cuda.runner.Runner`."""
        slot = self._slots[size][self._turn[size]]
        self._turn[size] = (self._turn[size] + 1) % _SLOTS
        # Free: at most two batches are in flight, and slots take turns. One that nobody waits for,
        # because of an error, may be spoilt.
        with torch.inference_mode():
            self._enqueue(windows, slot, self._graphs[size])
        return PendingHeads(slot, len(windows))

    def _enqueue(
        self, windows: Sequence[DeviceWindow], slot: _Slot, graph: CapturedNetwork
    ) -> None:
        with torch.cuda.stream(self._copy_in):
            gather(windows, slot.rgb)
            slot.copied.record()
        with torch.cuda.stream(self._compute):
            slot.copied.wait()
            graph.rgb.copy_(slot.rgb)
            slot.heads.copy_(graph.replay())
            slot.computed.record()
        with torch.cuda.stream(self._copy_out):
            slot.computed.wait()
            slot.fetched.copy_(slot.heads, non_blocking=True)
            slot.done.record()


@dataclass(slots=True, repr=False)
class _Slot:
    """Memory and events of one batch in flight."""

    size: int
    device: torch.device
    rgb: Tensor = field(init=False)
    heads: Tensor = field(init=False)
    fetched: Tensor = field(init=False)
    copied: torch.cuda.Event = field(default_factory=new_event)
    computed: torch.cuda.Event = field(default_factory=new_event)
    done: torch.cuda.Event = field(default_factory=new_event)

    def __post_init__(self) -> None:
        self.rgb = no_windows(self.size, self.device)
        self.heads = torch.empty((2, self.size, STRIDE_FRAMES), device=self.device)
        self.fetched = torch.empty((2, self.size, STRIDE_FRAMES)).pin_memory()


@dataclass(frozen=True, slots=True)
class PendingHeads:
    """A :class:`~gpu_service.detect.cuda.runner.Pending`."""

    slot: _Slot
    windows: int

    def wait(self) -> Float32Array:
        """See :class:`~gpu_service.detect.cuda.runner.Pending`."""
        self.slot.done.synchronize()
        heads: Float32Array = self.slot.fetched[:, : self.windows].numpy().copy()
        return heads
