"""The model's frames gathered on the GPU, a chunk at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor

from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.device_errors import device_errors

_CHUNKS_AHEAD = 1
"""So that decoding goes on while a chunk is being made."""


class DetectorChunks:
    """Frames one by one to chunks on their device, without the decoder waiting for one.

    :param frames: of a chunk.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._filling: list[Tensor] = []
        self._pending: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()

    def add(self, frame: Tensor, stream: SurfaceStream) -> Iterator[Tensor]:
        """Take a frame, ``(27, 48, 3)`` uint8; gives the chunk that is complete meanwhile, if any.

        :param stream: on which the frame is being made.
        """
        self._filling.append(frame)
        if len(self._filling) == self._frames:
            self._gather(stream)
            if len(self._pending) > _CHUNKS_AHEAD:
                yield self._completed()

    def rest(self, stream: SurfaceStream) -> Iterator[Tensor]:
        """What is left, the last chunk shorter than the others."""
        if self._filling:
            self._gather(stream)
        while self._pending:
            yield self._completed()

    def _gather(self, stream: SurfaceStream) -> None:
        with device_errors("gathering frames"), stream.current():
            chunk = torch.stack(self._filling)
            self._pending.append((chunk, stream.mark()))
        self._filling = []

    def _completed(self) -> Tensor:
        chunk, made = self._pending.popleft()
        if made is not None:
            with device_errors("scaling frames"):
                made.synchronize()
        return chunk
