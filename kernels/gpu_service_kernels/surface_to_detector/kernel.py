"""Surface to the event model's size in Triton: rows across, then columns down."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu_service_kernels.colour import table_colour
from gpu_service_kernels.colour_triton import table_rgb
from gpu_service_kernels.dispatch import described_by, on_device_of
from gpu_service_kernels.surface import surface_layout
from gpu_service_kernels.surface_to_detector import reference
from gpu_service_kernels.surface_to_detector.filters import (
    OUTPUT_CHROMA_WIDTH,
    OUTPUT_HEIGHT,
    OUTPUT_WIDTH,
    packed_filters,
)
from gpu_service_kernels.taps import keep_for_stream

ROWS = 4

TAPS = 128
COLUMNS = 12
"""Neighbours share most of what they read; a program takes so many."""

ROW_TAPS = 16
PADDED_WIDTH = 64
"""48 columns; Triton's tiles are powers of two."""

_GROUPS = OUTPUT_WIDTH // COLUMNS + 2 * OUTPUT_CHROMA_WIDTH // COLUMNS


@described_by(reference.surface_to_detector)
def surface_to_detector(
    surface: Tensor, *, width: int, height: int, matrix: str, full_range: bool
) -> Tensor:
    layout = surface_layout(surface, width, height)
    colour = table_colour(matrix, full_range)
    device = surface.device
    with on_device_of(surface):
        filters = packed_filters(width, height, device)
        across_luma, across_chroma, down_luma, down_chroma = filters
        luma = torch.empty(height, OUTPUT_WIDTH, dtype=torch.int16, device=device)
        chroma_shape = (2, layout.chroma_height, OUTPUT_CHROMA_WIDTH)
        chroma = torch.empty(chroma_shape, dtype=torch.int16, device=device)
        result = torch.empty(OUTPUT_HEIGHT, OUTPUT_WIDTH, 3, dtype=torch.uint8, device=device)
        rows_across[(triton.cdiv(height, ROWS), _GROUPS)](
            surface, luma, chroma, across_luma, across_chroma,
            layout.pitch, layout.chroma_row, width, height,
            across_luma.shape[1] - 1, across_chroma.shape[1] - 1,
            SHIFT=15 if layout.wide else 7,
            # One warp sums over the taps without a barrier for each column.
            num_warps=1,
        )  # fmt: skip
        columns_down[(OUTPUT_HEIGHT,)](
            luma, chroma, result, down_luma, down_chroma, height,
            down_luma.shape[1] - 1, down_chroma.shape[1] - 1,
            colour.luma_base, colour.luma_scale,
            colour.red_v, colour.blue_u, colour.green_u, colour.green_v,
        )  # fmt: skip
        keep_for_stream(filters)
    return result


@triton.jit(do_not_specialize=["chroma_row", "width", "height", "luma_taps", "chroma_taps"])
def rows_across(
    surface,
    luma,
    chroma,
    luma_filter,
    chroma_filter,
    pitch,
    chroma_row,
    width,
    height,
    luma_taps,
    chroma_taps,
    SHIFT: tl.constexpr,
    OUTPUT_WIDTH: tl.constexpr = OUTPUT_WIDTH,
    COLUMNS: tl.constexpr = COLUMNS,
    ROWS: tl.constexpr = ROWS,
    TAPS: tl.constexpr = TAPS,
):
    """Y to ``luma (H, 48)``, U and V to ``chroma (2, ceil(H/2), 24)``, 15-bit int16.

    Grid: ``(ceil(H / ROWS), groups of COLUMNS: first of Y, then of U, then of V)``.
    """
    first_row = tl.program_id(0) * ROWS
    group = tl.program_id(1)
    luma_groups: tl.constexpr = OUTPUT_WIDTH // COLUMNS
    chroma_groups: tl.constexpr = OUTPUT_WIDTH // 2 // COLUMNS
    if group < luma_groups:
        _plane_across(
            surface, pitch, 1, width, height, luma, OUTPUT_WIDTH, luma_filter, luma_taps,
            first_row, group * COLUMNS, SHIFT, COLUMNS, ROWS, TAPS,
        )  # fmt: skip
    else:
        plane = (group - luma_groups) // chroma_groups
        column = (group - luma_groups) % chroma_groups * COLUMNS
        chroma_height = (height + 1) // 2
        _plane_across(
            surface + chroma_row * pitch + plane, pitch, 2, (width + 1) // 2, chroma_height,
            chroma + plane * chroma_height * (OUTPUT_WIDTH // 2), OUTPUT_WIDTH // 2,
            chroma_filter, chroma_taps, first_row, column, SHIFT, COLUMNS, ROWS, TAPS,
        )  # fmt: skip


@triton.jit
def _plane_across(
    samples,
    pitch,
    STEP: tl.constexpr,
    width,
    height,
    result,
    RESULT_WIDTH: tl.constexpr,
    filters,
    taps,
    first_row,
    first_column,
    SHIFT: tl.constexpr,
    COLUMNS: tl.constexpr,
    ROWS: tl.constexpr,
    TAPS: tl.constexpr,
):
    if first_row >= height:
        # Chroma has half the rows.
        return
    rows = first_row + tl.arange(0, ROWS)
    starts = samples + rows[:, None] * pitch
    for column in range(first_column, first_column + COLUMNS):
        row_filter = filters + column * (taps + 1)
        first = tl.load(row_filter)
        total = tl.zeros((ROWS,), tl.int32)
        for start in range(0, taps, TAPS):
            tap = start + tl.arange(0, TAPS)
            weights = tl.load(row_filter + 1 + tap, mask=tap < taps, other=0)
            at = first + tap
            # Weights beyond the picture are zero; what lies there may be anything, or nothing.
            inside = (rows < height)[:, None] & ((tap < taps) & (at < width))[None, :]
            read = tl.load(starts + at[None, :] * STEP, mask=inside, other=0).to(tl.int32)
            total += tl.sum(read * weights[None, :], axis=1)
        kept = tl.minimum(total >> SHIFT, 32767).to(tl.int16)
        tl.store(result + rows * RESULT_WIDTH + column, kept, mask=rows < height)


@triton.jit(do_not_specialize=["height", "luma_taps", "chroma_taps"])
def columns_down(
    luma,
    chroma,
    result,
    luma_filter,
    chroma_filter,
    height,
    luma_taps,
    chroma_taps,
    luma_base,
    luma_scale,
    red_v,
    blue_u,
    green_u,
    green_v,
    OUTPUT_WIDTH: tl.constexpr = OUTPUT_WIDTH,
    ROW_TAPS: tl.constexpr = ROW_TAPS,
    COLUMNS: tl.constexpr = PADDED_WIDTH,
):
    """The rows that :func:`rows_across` made to ``result (27, 48, 3)``. Grid: ``(27,)``."""
    row = tl.program_id(0)
    chroma_height = (height + 1) // 2
    chroma_width: tl.constexpr = OUTPUT_WIDTH // 2
    column = tl.arange(0, COLUMNS)
    inside = column < OUTPUT_WIDTH
    u_plane = chroma
    v_plane = chroma + chroma_height * chroma_width
    y = _column_down(
        luma, OUTPUT_WIDTH, column, inside, height, luma_filter, luma_taps, row, ROW_TAPS
    )
    u = _column_down(
        u_plane, chroma_width, column // 2, inside, chroma_height, chroma_filter, chroma_taps, row,
        ROW_TAPS,
    )  # fmt: skip
    v = _column_down(
        v_plane, chroma_width, column // 2, inside, chroma_height, chroma_filter, chroma_taps, row,
        ROW_TAPS,
    )  # fmt: skip
    red, green, blue = table_rgb(y, u, v, luma_base, luma_scale, red_v, blue_u, green_u, green_v)
    pixel = result + (row * OUTPUT_WIDTH + column) * 3
    tl.store(pixel, red.to(tl.uint8), mask=inside)
    tl.store(pixel + 1, green.to(tl.uint8), mask=inside)
    tl.store(pixel + 2, blue.to(tl.uint8), mask=inside)


@triton.jit
def _column_down(
    plane, WIDTH: tl.constexpr, column, inside, height, filters, taps, row, ROW_TAPS: tl.constexpr
):
    column_filter = filters + row * (taps + 1)
    first = tl.load(column_filter)
    total = tl.full(column.shape, 1 << 18, tl.int32)
    for start in range(0, taps, ROW_TAPS):
        tap = start + tl.arange(0, ROW_TAPS)
        at = first + tap
        there = (tap < taps) & (at < height)
        weights = tl.load(column_filter + 1 + tap, mask=there, other=0)
        read = tl.load(
            plane + at[:, None] * WIDTH + column[None, :],
            mask=there[:, None] & inside[None, :],
            other=0,
        ).to(tl.int32)
        total += tl.sum(read * weights[:, None], axis=0)
    return total >> 19
