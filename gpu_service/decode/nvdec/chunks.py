"""The model's frames gathered on the GPU and brought to the host a chunk at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor

from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, UInt8Array

_CHUNKS_AHEAD = 1
"""So that decoding goes on while a chunk is on its way."""


class DetectorChunks:
    """Frames one by one to chunks in host memory, copied without the decoder waiting for it.

    :param frames: of a chunk.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._filling: list[Tensor] = []
        self._pending: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()

    def add(self, frame: Tensor, stream: SurfaceStream) -> Iterator[UInt8Array]:
        """Take a frame, ``(27, 48, 3)`` uint8; gives the chunk that has arrived meanwhile, if any.

        :param stream: on which the frame is being made.
        """
        self._filling.append(frame)
        if len(self._filling) == self._frames:
            self._send(stream)
            if len(self._pending) > _CHUNKS_AHEAD:
                yield self._arrived()

    def rest(self, stream: SurfaceStream) -> Iterator[UInt8Array]:
        """What is left, the last chunk shorter than the others."""
        if self._filling:
            self._send(stream)
        while self._pending:
            yield self._arrived()

    def _send(self, stream: SurfaceStream) -> None:
        shape = (len(self._filling), DETECTOR_HEIGHT, DETECTOR_WIDTH, 3)
        pinned = stream.device.type == "cuda"
        host = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
        with stream.current():
            host.copy_(torch.stack(self._filling), non_blocking=True)
        self._filling = []
        self._pending.append((host, stream.mark()))

    def _arrived(self) -> UInt8Array:
        host, arrival = self._pending.popleft()
        if arrival is not None:
            arrival.synchronize()
        rgb: UInt8Array = host.numpy()
        return rgb
