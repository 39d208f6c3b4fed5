"""Surface to full-size RGB in Triton: a tile of it a program."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu_service_kernels.colour import PackedColour, TableColour, packed_colour, table_colour
from gpu_service_kernels.colour_triton import packed_rgb, table_rgb
from gpu_service_kernels.dispatch import described_by, on_device_of
from gpu_service_kernels.surface import surface_layout
from gpu_service_kernels.surface_to_rgb import reference
from gpu_service_kernels.surface_to_rgb.chroma import chroma_taps, packed_chroma_taps
from gpu_service_kernels.taps import keep_for_stream

TILE = (4, 256)
"""Rows and columns of the surface's picture: rows of whole lines of cache."""

TURNED_TILE = (64, 64)
"""The same where columns of the surface become rows."""


@described_by(reference.surface_to_rgb)
def surface_to_rgb(
    surface: Tensor,
    *,
    width: int,
    height: int,
    matrix: str,
    full_range: bool,
    quarter_turns: int = 0,
    mirrored: bool = False,
) -> Tensor:
    layout = surface_layout(surface, width, height)
    if quarter_turns not in (0, 1, 2, 3):
        raise ValueError(f"quarter_turns: {quarter_turns} is not one of 0, 1, 2, 3")
    taps = chroma_taps(layout)
    colour: TableColour | PackedColour
    if layout.wide or taps is not None:
        colour = table_colour(matrix, full_range)
        luma_term = colour.luma_base
    else:
        colour = packed_colour(matrix, full_range)
        luma_term = colour.luma_offset
    turned = quarter_turns % 2 == 1
    shape = (3, width, height) if turned else (3, height, width)
    with on_device_of(surface):
        # The surface stands in for weights that nothing reads.
        weights = surface if taps is None else packed_chroma_taps(height, surface.device)
        planes = torch.empty(shape, dtype=torch.uint8, device=surface.device)
        rows, columns = TURNED_TILE if turned else TILE
        convert[(triton.cdiv(height, rows), triton.cdiv(width, columns))](
            surface, planes, weights, layout.pitch, layout.chroma_row, width, 2 * layout.chroma_width,
            height, luma_term, colour.luma_scale,
            colour.red_v, colour.blue_u, colour.green_u, colour.green_v,
            WIDE=layout.wide,
            TAPS=0 if taps is None else taps.size,
            TURNED=turned,
            LEFT_RIGHT=(quarter_turns in (1, 2)) != mirrored,
            UP_DOWN=quarter_turns in (2, 3),
            ROWS=rows,
            COLUMNS=columns,
        )  # fmt: skip
        if taps is not None:
            keep_for_stream([weights])
    return planes.permute(1, 2, 0)


@triton.jit(do_not_specialize=["chroma_row"])
def convert(
    surface,
    planes,
    weights,
    pitch,
    chroma_row,
    width,
    chroma_samples,
    height,
    luma_term,
    luma_scale,
    red_v,
    blue_u,
    green_u,
    green_v,
    WIDE: tl.constexpr,
    TAPS: tl.constexpr,
    TURNED: tl.constexpr,
    LEFT_RIGHT: tl.constexpr,
    UP_DOWN: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    """To ``planes (3, H', W')``. Grid: tiles of the surface's picture, down and across.

    A tile is read along the surface's rows and, where the picture is ``TURNED``, transposed before it
    is written along the rows of that. ``LEFT_RIGHT`` and ``UP_DOWN`` say that the surface's rows, and
    columns, come out backwards.

    ``TAPS`` is how many rows of chroma are weighted for one of the picture, 0 where they are repeated.
    """
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS))[:, None]
    x = (tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS))[None, :]
    y = row
    if UP_DOWN:
        y = height - 1 - row
    inside = (row < height) & (x < width)
    # The last pair of an odd width reaches beyond the picture.
    paired = (row < height) & (x < chroma_samples)
    luma = tl.load(surface + y * pitch + x, mask=inside, other=0).to(tl.int32)
    if WIDE:
        luma = (luma + 128) >> 8
    samples = surface + chroma_row * pitch + x
    if TAPS > 0:
        chroma = _interpolated(samples, pitch, y, height, paired, weights, WIDE, TAPS)
    else:
        chroma = tl.load(samples + y // 2 * pitch, mask=paired, other=0).to(tl.int32)
        if WIDE:
            chroma = (chroma + 128) >> 8
    even, odd = tl.split(luma.reshape(ROWS, COLUMNS // 2, 2))
    u, v = tl.split(chroma.reshape(ROWS, COLUMNS // 2, 2))
    if WIDE or TAPS > 0:
        even_red, even_green, even_blue = table_rgb(
            even, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
        odd_red, odd_green, odd_blue = table_rgb(
            odd, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
    else:
        even_red, even_green, even_blue = packed_rgb(
            even, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
        odd_red, odd_green, odd_blue = packed_rgb(
            odd, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
    result_x = x
    if LEFT_RIGHT:
        result_x = width - 1 - x
    if TURNED:
        at = planes + tl.trans(result_x) * height + tl.trans(row)
        inside = tl.trans(inside)
    else:
        at = planes + row * width + result_x
    plane = height * width
    _store(at, even_red, odd_red, inside, TURNED, ROWS, COLUMNS)
    _store(at + plane, even_green, odd_green, inside, TURNED, ROWS, COLUMNS)
    _store(at + 2 * plane, even_blue, odd_blue, inside, TURNED, ROWS, COLUMNS)


@triton.jit
def _store(at, even, odd, inside, TURNED: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Levels of a tile's even and odd columns, side by side again."""
    levels = tl.join(even.to(tl.uint8), odd.to(tl.uint8)).reshape(ROWS, COLUMNS)
    if TURNED:
        levels = tl.trans(levels)
    tl.store(at, levels, mask=inside)


@triton.jit
def _interpolated(
    samples, pitch, y, height, paired, weights, WIDE: tl.constexpr, TAPS: tl.constexpr
):
    """Chroma of rows ``y``, 8-bit levels, not clipped. ``samples`` are those of its first row."""
    there = (y >= 0) & (y < height)
    row_weights = weights + y * (TAPS + 1)
    first = tl.load(row_weights, mask=there, other=0)
    total = tl.full(paired.shape, 1 << 18, tl.int32)
    for tap in tl.static_range(TAPS):
        weight = tl.load(row_weights + 1 + tap, mask=there, other=0)
        at = first + tap
        # Weights beyond the picture are zero; what lies there may be anything, or nothing.
        read = paired & (at < (height + 1) // 2)
        sample = tl.load(samples + at * pitch, mask=read, other=0).to(tl.int32)
        # 15 bits, as libswscale has them between its steps.
        if WIDE:
            total += (sample >> 1) * weight
        else:
            total += (sample << 7) * weight
    return total >> 19
