"""Surface to full-size RGB in Triton: a tile of the upright picture a program."""

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

ROWS = 16
COLUMNS = 64


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
        convert[(triton.cdiv(shape[1], ROWS), triton.cdiv(shape[2], COLUMNS))](
            surface, planes, weights, layout.pitch, layout.chroma_row, width, height,
            luma_term, colour.luma_scale,
            colour.red_v, colour.blue_u, colour.green_u, colour.green_v,
            WIDE=layout.wide,
            TAPS=0 if taps is None else taps.size,
            TURNED=turned,
            LEFT_RIGHT=(quarter_turns in (1, 2)) != mirrored,
            UP_DOWN=quarter_turns in (2, 3),
        )  # fmt: skip
        if taps is not None:
            keep_for_stream([weights])
    return planes.permute(1, 2, 0)


@triton.jit(do_not_specialize=["chroma_row", "width", "height"])
def convert(
    surface,
    planes,
    weights,
    pitch,
    chroma_row,
    width,
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
    ROWS: tl.constexpr = ROWS,
    COLUMNS: tl.constexpr = COLUMNS,
):
    """To ``planes (3, H', W')``. Grid: tiles of it, down and across.

    ``TAPS`` is how many rows of chroma are weighted for one of the picture, 0 where they are repeated.
    ``LEFT_RIGHT`` and ``UP_DOWN`` say that the source is read backwards that way.
    """
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS))[:, None]
    column = (tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS))[None, :]
    if TURNED:
        result_height = width
        result_width = height
        x = row
        y = column
    else:
        result_height = height
        result_width = width
        x = column
        y = row
    if LEFT_RIGHT:
        x = width - 1 - x
    if UP_DOWN:
        y = height - 1 - y
    inside = (row < result_height) & (column < result_width)
    luma = tl.load(surface + y * pitch + x, mask=inside, other=0).to(tl.int32)
    if WIDE:
        luma = (luma + 128) >> 8
    pairs = surface + chroma_row * pitch + x // 2 * 2
    if TAPS > 0:
        u, v = _interpolated(pairs, pitch, y, height, inside, weights, WIDE, TAPS)
    else:
        u = tl.load(pairs + y // 2 * pitch, mask=inside, other=0).to(tl.int32)
        v = tl.load(pairs + y // 2 * pitch + 1, mask=inside, other=0).to(tl.int32)
        if WIDE:
            u = (u + 128) >> 8
            v = (v + 128) >> 8
    if WIDE or TAPS > 0:
        red, green, blue = table_rgb(
            luma, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
    else:
        red, green, blue = packed_rgb(
            luma, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
    plane = result_height * result_width
    pixel = planes + row * result_width + column
    tl.store(pixel, red.to(tl.uint8), mask=inside)
    tl.store(pixel + plane, green.to(tl.uint8), mask=inside)
    tl.store(pixel + 2 * plane, blue.to(tl.uint8), mask=inside)


@triton.jit
def _interpolated(pairs, pitch, y, height, inside, weights, WIDE: tl.constexpr, TAPS: tl.constexpr):
    """U and V of rows ``y``, 8-bit levels, not clipped. ``pairs`` are at the first row of chroma."""
    there = (y >= 0) & (y < height)
    row_weights = weights + y * (TAPS + 1)
    first = tl.load(row_weights, mask=there, other=0)
    u = tl.full(inside.shape, 1 << 18, tl.int32)
    v = tl.full(inside.shape, 1 << 18, tl.int32)
    for tap in tl.static_range(TAPS):
        weight = tl.load(row_weights + 1 + tap, mask=there, other=0)
        at = first + tap
        # Weights beyond the picture are zero; what lies there may be anything, or nothing.
        read = inside & (at < (height + 1) // 2)
        pair = pairs + at * pitch
        u_sample = tl.load(pair, mask=read, other=0).to(tl.int32)
        v_sample = tl.load(pair + 1, mask=read, other=0).to(tl.int32)
        # 15 bits, as libswscale has them between its steps.
        if WIDE:
            u += (u_sample >> 1) * weight
            v += (v_sample >> 1) * weight
        else:
            u += (u_sample << 7) * weight
            v += (v_sample << 7) * weight
    return u >> 19, v >> 19
