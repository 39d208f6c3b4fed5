"""The model's frames gathered on the GPU, a chunk at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor

from gpu_service.decode.nvdec.kept import KeptSurfaces
from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.decode.nvdec.turn import TURN
from gpu_service.device_errors import device_errors

_CHUNKS_AHEAD = 1
"""So that decoding goes on while a chunk is being made."""


def detector_chunks(surfaces: Iterator[Surface], frames: int) -> Iterator[Tensor]:
    """Surfaces to chunks on their device, without the decoder waiting for one.

    :param surfaces: of one decoder, each of which the step to the next may overwrite.
    :param frames: of a chunk; the last one may have fewer.
    :returns: ``(frames, 27, 48, 3)`` uint8, complete.
    """
    pending: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()
    first = next(surfaces, None)
    if first is None:
        return
    stream, kept, rest = first.stream, KeptSurfaces(), chain((first,), surfaces)
    while (chunk := _gathered(rest, frames, kept, stream)) is not None:
        pending.append((chunk, stream.mark()))
        if len(pending) > _CHUNKS_AHEAD:
            yield _completed(*pending.popleft())
    while pending:
        yield _completed(*pending.popleft())


def _gathered(
    surfaces: Iterator[Surface], frames: int, kept: KeptSurfaces, stream: SurfaceStream
) -> Tensor | None:
    """The next chunk, on its way; the stream is made the current one once for all of it."""
    scaled: list[Tensor] = []
    taken = 0
    with TURN, stream.current():
        for surface in surfaces:
            with device_errors("scaling frames"):
                scaled += kept.add(surface)
            taken += 1
            if taken == frames:
                break
        with device_errors("scaling frames"):
            scaled += kept.scaled()
            return torch.cat(scaled) if scaled else None


def _completed(chunk: Tensor, made: torch.cuda.Event | None) -> Tensor:
    if made is not None:
        with device_errors("scaling frames"):
            made.synchronize()
    return chunk
