"""The layout of a decoded surface: NV12 or P016, as NVDEC hands it over."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SurfaceLayout:
    """Where the samples of a surface lie.

    :ivar chroma_row: the row at which the interleaved U and V begin.
    :ivar pitch: samples, not bytes, from one row to the next.
    :ivar wide: P016: 16-bit samples with the picture's 10 or 12 bits on top; else 8-bit NV12.
    """

    width: int
    height: int
    chroma_row: int
    pitch: int
    wide: bool

    @property
    def chroma_width(self) -> int:
        """Of each of U and V."""
        return (self.width + 1) // 2

    @property
    def chroma_height(self) -> int:
        """Of each of U and V."""
        return (self.height + 1) // 2


def surface_layout(surface: Tensor, width: int, height: int) -> SurfaceLayout:
    """The layout of a picture of ``width`` × ``height`` in ``surface``.

    :param surface: ``(rows, pitch)``, uint8 or uint16: ``rows`` is the luma height, then half as
        many of chroma, rounded up. Rows may be further apart than ``pitch``.
    :raises ValueError: for another shape, type or layout, or a picture that does not fit in it.
    """
    return _layout(surface, "surface", ("rows", "pitch"), width, height)


def batch_layout(surfaces: Tensor, width: int, height: int) -> SurfaceLayout:
    """What all of ``surfaces`` have in common, see :func:`surface_layout`.

    :param surfaces: ``(N, rows, pitch)``, N may be 0; they may be further apart than their rows.
    :raises ValueError: as there.
    """
    return _layout(surfaces, "surfaces", ("N", "rows", "pitch"), width, height)


def _layout(
    samples: Tensor, name: str, shape: tuple[str, ...], width: int, height: int
) -> SurfaceLayout:
    if samples.ndim != len(shape) or samples.dtype not in (torch.uint8, torch.uint16):
        raise ValueError(
            f"{name}: ({', '.join(shape)}) of uint8 or uint16 is needed,"
            f" not {tuple(samples.shape)} of {samples.dtype}"
        )
    rows, pitch = samples.shape[-2:]
    if rows % 3 == 1 or rows < 2:
        raise ValueError(f"{name}: {rows} rows are not a luma height and its half")
    if pitch > 1 and samples.stride(-1) != 1:
        raise ValueError(f"{name}: the samples of a row must lie side by side")
    luma_rows = rows * 2 // 3
    if not 1 <= height <= luma_rows:
        raise ValueError(f"height: {height} is not within the surface's {luma_rows} luma rows")
    if not 1 <= width <= pitch - width % 2:
        raise ValueError(f"width: {width}, chroma pairs included, is not within the pitch {pitch}")
    wide = samples.dtype == torch.uint16
    return SurfaceLayout(width, height, luma_rows, samples.stride(-2), wide)


def sample_planes(surface: Tensor, layout: SurfaceLayout) -> tuple[Tensor, Tensor, Tensor]:
    """Y ``(H, W)``, U and V ``(ceil(H/2), ceil(W/2))``, int32, on the surface's device.

    Of a batch of surfaces ``(N, rows, pitch)`` a batch each.
    """
    samples = surface.to(torch.int32)
    first, last = layout.chroma_row, layout.chroma_row + layout.chroma_height
    pairs = samples[..., first:last, : 2 * layout.chroma_width]
    luma = samples[..., : layout.height, : layout.width]
    return luma, pairs[..., 0::2], pairs[..., 1::2]
