"""What the stand-in driver writes into a surface, as ``decoder.c`` does it."""

from __future__ import annotations

import torch
from torch import Tensor

_STAMP_BYTES = 8


def drawn(number: int, width: int, height: int, bit_depth: int = 8) -> Tensor:
    """The surface of the picture with PTS ``number``: NV12, or P016 for more than 8 bits."""
    # A prime, so that PTS in large steps differ too.
    seed = number % 1009
    surface = torch.full((height * 3 // 2, width), 16 + seed * 37 % 219, dtype=torch.int32)
    surface[height:] = 64 + seed * 29 % 128
    stamp = number.to_bytes(_STAMP_BYTES, "little")
    surface[0, :_STAMP_BYTES] = torch.tensor(list(stamp), dtype=torch.int32)
    return surface.to(torch.uint8) if bit_depth == 8 else (surface << 8).to(torch.uint16)


def stamped(surface: Tensor) -> int:
    """The PTS that a surface carries."""
    samples = surface[0, :_STAMP_BYTES].to(torch.int32)
    return int.from_bytes(
        bytes((samples if surface.dtype == torch.uint8 else samples >> 8).tolist()), "little"
    )
