"""Y'CbCr to R'G'B' in libswscale's two integer arithmetics, so that both devices agree to the bit.

The scaler looks colours up in tables (:class:`TableColour`): the luma index is in steps of one
level, and under limited range it comes out 1.8 levels darker than the standard says. 8-bit pictures
at their own size are converted by SIMD code (:class:`PackedColour`) that cuts each product off
instead of rounding it. Sources: ``ff_yuv2rgb_c_init_tables`` in FFmpeg's ``libswscale/yuv2rgb.c``
and ``libswscale/x86/yuv_2_rgb.asm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

_ONE = 1 << 16

# (red from V, blue from U, green from U, green from V), limited-range chroma to full-range colour
# in 1/65536, as libswscale has them: ITU-T H.273's matrices, not all rounded the same way.
_MATRICES = {
    "bt601": (104597, 132201, -25675, -53279),
    "bt709": (117489, 138438, -13975, -34925),
    "bt2020": (110013, 140363, -12277, -42626),
    "smpte240m": (117579, 136230, -16907, -35559),
    "fcc": (104448, 132798, -24759, -53109),
}


@dataclass(frozen=True)
class TableColour:
    """``red = (luma_base + (Y + (V * red_v >> 16) - (red_v >> 9)) * luma_scale) >> 16``, clipped.

    Blue is the same with U; green has both terms. U and V are clipped to 8 bits first, Y is not.
    """

    luma_base: int
    luma_scale: int
    red_v: int
    blue_u: int
    green_u: int
    green_v: int


@dataclass(frozen=True)
class PackedColour:
    """``red = ((8 * Y - luma_offset) * luma_scale >> 16) + ((8 * V - 1024) * red_v >> 16)``, clipped.

    Blue is the same with U; green has both terms.
    """

    luma_offset: int
    luma_scale: int
    red_v: int
    blue_u: int
    green_u: int
    green_v: int


@cache
def table_colour(matrix: str, full_range: bool) -> TableColour:
    """The scaler's numbers.

    :raises ValueError: for a matrix that is not known.
    """
    luma_scale, factors = _factors(matrix, full_range)
    # The table starts 384 levels early, so that an index never is below zero.
    entries_before = 384 if full_range else 326
    luma_base = _ONE // 2 - (384 * _ONE) - (0 if full_range else 16 * _ONE)
    red_v, blue_u, green_u, green_v = (
        _towards_zero(factor * _ONE + _ONE // 2, luma_scale) for factor in factors
    )
    return TableColour(
        luma_base + entries_before * luma_scale, luma_scale, red_v, blue_u, green_u, green_v
    )


@cache
def packed_colour(matrix: str, full_range: bool) -> PackedColour:
    """The numbers of the SIMD code.

    :raises ValueError: for a matrix that is not known.
    """
    luma_scale, factors = _factors(matrix, full_range)
    scale, red_v, blue_u, green_u, green_v = (
        (factor * 8192 + _ONE // 2) >> 16 for factor in (luma_scale, *factors)
    )
    return PackedColour(0 if full_range else 128, scale, red_v, blue_u, green_u, green_v)


def table_rgb(y: Tensor, u: Tensor, v: Tensor, colour: TableColour) -> Tensor:
    """Integer ``(…)`` each, 8-bit levels, to ``(…, 3)`` uint8."""
    u, v = u.clamp(0, 255), v.clamp(0, 255)

    def term(sample: Tensor, factor: int) -> Tensor:
        return (sample * factor >> 16) - (factor >> 9)

    shifts = (
        term(v, colour.red_v),
        term(u, colour.green_u) + term(v, colour.green_v),
        term(u, colour.blue_u),
    )
    levels = [(colour.luma_base + (y + shift) * colour.luma_scale) >> 16 for shift in shifts]
    return torch.stack(levels, dim=-1).clamp(0, 255).to(torch.uint8)


def packed_rgb(y: Tensor, u: Tensor, v: Tensor, colour: PackedColour) -> Tensor:
    """Integer ``(…)`` each, 8-bit levels, to ``(…, 3)`` uint8."""
    luma = (8 * y - colour.luma_offset) * colour.luma_scale >> 16
    u, v = 8 * u - 1024, 8 * v - 1024
    levels = (
        luma + (v * colour.red_v >> 16),
        luma + (u * colour.green_u >> 16) + (v * colour.green_v >> 16),
        luma + (u * colour.blue_u >> 16),
    )
    return torch.stack(levels, dim=-1).clamp(0, 255).to(torch.uint8)


def _factors(matrix: str, full_range: bool) -> tuple[int, tuple[int, ...]]:
    if matrix not in _MATRICES:
        raise ValueError(f"matrix: {matrix!r} is not one of {', '.join(_MATRICES)}")
    factors = _MATRICES[matrix]
    if full_range:
        return _ONE, tuple(_towards_zero(factor * 224, 255) for factor in factors)
    return _ONE * 255 // 219, factors


def _towards_zero(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // divisor
    return quotient if dividend >= 0 else -quotient
