"""Surfaces to the event model's size in Triton: rows across, then columns down.

Across, a matrix product: rows of bytes by the weights of neighbouring columns, in float16 with sums
in float32, which tensor cores have and which is exact here; see
:func:`~gpu_service_kernels.surface_to_detector.bands.packed_filters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu_service_kernels.colour import table_colour
from gpu_service_kernels.colour_triton import table_rgb
from gpu_service_kernels.dispatch import described_by, on_device_of
from gpu_service_kernels.surface import batch_layout
from gpu_service_kernels.surface_to_detector import reference
from gpu_service_kernels.surface_to_detector.bands import ALIGN, packed_filters
from gpu_service_kernels.surface_to_detector.filters import OUTPUT_HEIGHT, OUTPUT_WIDTH
from gpu_service_kernels.taps import keep_for_stream

ROWS = 32
"""Of one program across: each reads its weights anew, and more rows leave fewer programs."""

GROUP = 16
"""Columns of one program across. Bands of fewer overlap more, those of more have more zeros."""


@dataclass(frozen=True, slots=True)
class Tile:
    """How a program across reads its rows.

    :ivar block: samples of a row at a time.
    :ivar stages: blocks on their way at a time.
    """

    block: int
    stages: int
    warps: int


def tile_of(architecture: int) -> Tile:
    """For compute capability ``architecture / 10``."""
    if architecture < 80:
        # Triton multiplies in plain arithmetic there, whose larger blocks don't fit in registers.
        return Tile(block=32, stages=2, warps=4)
    # 128 bytes are a line of cache, and 16 rows the least of a matrix product, which a warp makes.
    return Tile(block=128, stages=3, warps=2)


ROW_TAPS = 32
"""Rows at a time on the way down; 27 rows have few programs, so that latency is what counts."""

PADDED_WIDTH = 64
"""48 columns; Triton's tiles are powers of two."""


@described_by(reference.surface_to_detector)
def surface_to_detector(
    surfaces: Tensor, *, width: int, height: int, matrix: str, full_range: bool
) -> Tensor:
    layout = batch_layout(surfaces, width, height)
    colour = table_colour(matrix, full_range)
    device, count = surfaces.device, len(surfaces)
    result = torch.empty(count, OUTPUT_HEIGHT, OUTPUT_WIDTH, 3, dtype=torch.uint8, device=device)
    if count == 0:
        return result
    tile = _tile_for(device)
    with on_device_of(surfaces):
        filters = packed_filters(width, height, device, group=GROUP, block=tile.block)
        groups, parts, _, band = filters.across.shape
        rows = height + layout.chroma_height
        between = torch.empty(count, rows, OUTPUT_WIDTH, dtype=torch.int16, device=device)
        blocks = triton.cdiv(height, ROWS) + triton.cdiv(layout.chroma_height, ROWS)
        rows_across[(groups // 2 * blocks * count,)](
            surfaces, between, filters.across, filters.spans,
            surfaces.stride(0), layout.pitch, layout.chroma_row, height, band,
            WIDE=layout.wide, PARTS=parts,
            ROWS=ROWS, GROUP=GROUP, BLOCK=tile.block, STAGES=tile.stages, num_warps=tile.warps,
        )  # fmt: skip
        columns_down[(OUTPUT_HEIGHT * count,)](
            between, result, filters.down_luma, filters.down_chroma, height,
            filters.down_luma.shape[1] - 1, filters.down_chroma.shape[1] - 1,
            colour.luma_base, colour.luma_scale,
            colour.red_v, colour.blue_u, colour.green_u, colour.green_v,
        )  # fmt: skip
        keep_for_stream(filters.tensors)
    return result


@cache
def _tile_for(device: torch.device) -> Tile:
    if device.type != "cuda":
        return tile_of(80)
    major, minor = torch.cuda.get_device_capability(device)
    return tile_of(10 * major + minor)


@triton.jit(do_not_specialize=["chroma_row", "height"])
def rows_across(
    surfaces,
    between,
    weights,
    spans,
    surface_stride,
    pitch,
    chroma_row,
    height,
    band,
    WIDE: tl.constexpr,
    PARTS: tl.constexpr,
    ROWS: tl.constexpr,
    GROUP: tl.constexpr,
    BLOCK: tl.constexpr,
    STAGES: tl.constexpr,
    OUTPUT_WIDTH: tl.constexpr = OUTPUT_WIDTH,
):
    """To ``between (N, H + ceil(H/2), 48)``, 15-bit int16: rows of Y, then rows of U and V in turns.

    Grid: of each surface the blocks of ``ROWS`` of Y, then of chroma; of each the groups of columns.
    In one dimension, as the others have room for 65,535 only.
    """
    groups: tl.constexpr = OUTPUT_WIDTH // GROUP
    chroma_height = (height + 1) // 2
    luma_blocks = tl.cdiv(height, ROWS)
    blocks = luma_blocks + tl.cdiv(chroma_height, ROWS)
    program = tl.program_id(0)
    group = program % groups
    block = program // groups % blocks
    frame = (program // groups // blocks).to(tl.int64)
    is_chroma = (block >= luma_blocks).to(tl.int32)
    first_row = (block - is_chroma * luma_blocks) * ROWS
    plane_height = tl.where(is_chroma == 1, chroma_height, height)

    rows = first_row + tl.arange(0, ROWS)
    # Past the last row that one again, rather than a mask.
    read_rows = is_chroma * chroma_row + tl.minimum(rows, plane_height - 1)
    span = spans + (is_chroma * groups + group) * 3
    begin = tl.multiple_of(tl.load(span), 16)
    whole = tl.load(span + 1)
    end = tl.load(span + 2)
    starts = surfaces + frame * surface_stride + read_rows[:, None].to(tl.int64) * pitch + begin
    column = tl.arange(0, GROUP)
    columns = weights + (is_chroma * groups + group) * PARTS * GROUP * band + column[None, :] * band
    total = _products(starts, columns, band, whole, end, WIDE, PARTS, ROWS, GROUP, BLOCK, STAGES)
    kept = tl.minimum(total >> (15 if WIDE else 7), 32767).to(tl.int16)
    result_rows = frame * (height + chroma_height) + is_chroma * height + rows
    at = between + result_rows[:, None] * OUTPUT_WIDTH + group * GROUP + column[None, :]
    tl.store(at, kept, mask=(rows < plane_height)[:, None])


@triton.jit
def _products(
    starts,
    columns,
    band,
    whole,
    end,
    WIDE: tl.constexpr,
    PARTS: tl.constexpr,
    ROWS: tl.constexpr,
    GROUP: tl.constexpr,
    BLOCK: tl.constexpr,
    STAGES: tl.constexpr,
    ALIGN: tl.constexpr = ALIGN,
):
    """``(ROWS, GROUP)`` int32: rows of samples by columns of weights, ``whole`` and up to ``end``."""
    low = tl.zeros((ROWS, GROUP), tl.float32)
    high = tl.zeros((ROWS, GROUP), tl.float32)
    k = tl.arange(0, BLOCK)
    for at in tl.range(0, whole, BLOCK, num_stages=STAGES):
        samples = tl.load(starts + (at + k)[None, :])
        for part in tl.static_range(PARTS):
            factors = tl.load(columns + part * GROUP * band + (at + k)[:, None])
            low = tl.dot((samples & 255).to(tl.float16), factors, low)
            if WIDE:
                high = tl.dot((samples >> 8).to(tl.float16), factors, high)
    # What the picture's last columns leave: past them there may be anything, or nothing.
    k = tl.arange(0, ALIGN)
    for at in tl.range(whole, end, ALIGN, num_stages=1):
        samples = tl.load(starts + (at + k)[None, :], mask=(at + k < end)[None, :], other=0)
        for part in tl.static_range(PARTS):
            factors = tl.load(columns + part * GROUP * band + (at + k)[:, None])
            low = tl.dot((samples & 255).to(tl.float16), factors, low)
            if WIDE:
                high = tl.dot((samples >> 8).to(tl.float16), factors, high)
    total = low.to(tl.int32)
    if WIDE:
        total += high.to(tl.int32) * 256
    return total


@triton.jit(do_not_specialize=["height", "luma_taps", "chroma_taps"])
def columns_down(
    between,
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
    OUTPUT_HEIGHT: tl.constexpr = OUTPUT_HEIGHT,
    ROW_TAPS: tl.constexpr = ROW_TAPS,
    COLUMNS: tl.constexpr = PADDED_WIDTH,
):
    """The rows that :func:`rows_across` made to ``result (N, 27, 48, 3)``. Grid: ``(N × 27,)``."""
    row = tl.program_id(0) % OUTPUT_HEIGHT
    frame = (tl.program_id(0) // OUTPUT_HEIGHT).to(tl.int64)
    chroma_height = (height + 1) // 2
    luma = between + frame * (height + chroma_height) * OUTPUT_WIDTH
    chroma = luma + height * OUTPUT_WIDTH
    y = _column_down(luma, height, luma_filter, luma_taps, row, OUTPUT_WIDTH, ROW_TAPS, COLUMNS)
    pairs = _column_down(
        chroma, chroma_height, chroma_filter, chroma_taps, row, OUTPUT_WIDTH, ROW_TAPS, COLUMNS
    )
    even, odd = tl.split(y.reshape(COLUMNS // 2, 2))
    u, v = tl.split(pairs.reshape(COLUMNS // 2, 2))
    even_red, even_green, even_blue = table_rgb(
        even, u, v, luma_base, luma_scale, red_v, blue_u, green_u, green_v
    )
    odd_red, odd_green, odd_blue = table_rgb(
        odd, u, v, luma_base, luma_scale, red_v, blue_u, green_u, green_v
    )
    column = tl.arange(0, COLUMNS)
    pixel = result + ((frame * OUTPUT_HEIGHT + row) * OUTPUT_WIDTH + column) * 3
    inside = column < OUTPUT_WIDTH
    tl.store(pixel, _side_by_side(even_red, odd_red), mask=inside)
    tl.store(pixel + 1, _side_by_side(even_green, odd_green), mask=inside)
    tl.store(pixel + 2, _side_by_side(even_blue, odd_blue), mask=inside)


@triton.jit
def _side_by_side(even, odd):
    return tl.join(even.to(tl.uint8), odd.to(tl.uint8)).reshape(2 * even.shape[0])


@triton.jit
def _column_down(
    rows,
    height,
    filters,
    taps,
    row,
    OUTPUT_WIDTH: tl.constexpr,
    ROW_TAPS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    """``(COLUMNS,)`` 8-bit levels, not clipped, int32."""
    column_filter = filters + row * (taps + 1)
    first = tl.load(column_filter)
    column = tl.arange(0, COLUMNS)[None, :]
    # Summed over its rows once, not once a step.
    total = tl.zeros((ROW_TAPS, COLUMNS), tl.int32)
    for start in range(0, taps, ROW_TAPS):
        tap = start + tl.arange(0, ROW_TAPS)
        at = first + tap
        # Weights beyond the picture are zero; what lies there may be anything, or nothing.
        there = (tap < taps) & (at < height)
        weights = tl.load(column_filter + 1 + tap, mask=there, other=0)
        read = tl.load(
            rows + at[:, None] * OUTPUT_WIDTH + column,
            mask=there[:, None] & (column < OUTPUT_WIDTH),
            other=0,
        )
        total += read.to(tl.int32) * weights[:, None]
    return (tl.sum(total, axis=0) + (1 << 18)) >> 19
