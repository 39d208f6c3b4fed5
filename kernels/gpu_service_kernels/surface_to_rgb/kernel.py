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

ROWS = 32
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
    colour: TableColour | PackedColour
    if layout.wide:
        colour = table_colour(matrix, full_range)
        luma_term = colour.luma_base
    else:
        colour = packed_colour(matrix, full_range)
        luma_term = colour.luma_offset
    turned = quarter_turns % 2 == 1
    shape = (3, width, height) if turned else (3, height, width)
    with on_device_of(surface):
        planes = torch.empty(shape, dtype=torch.uint8, device=surface.device)
        convert[(triton.cdiv(shape[1], ROWS), triton.cdiv(shape[2], COLUMNS))](
            surface, planes, layout.pitch, layout.chroma_row, width, height,
            luma_term, colour.luma_scale,
            colour.red_v, colour.blue_u, colour.green_u, colour.green_v,
            WIDE=layout.wide,
            TURNED=turned,
            LEFT_RIGHT=(quarter_turns in (1, 2)) != mirrored,
            UP_DOWN=quarter_turns in (2, 3),
        )  # fmt: skip
    return planes.permute(1, 2, 0)


@triton.jit(do_not_specialize=["chroma_row", "width", "height"])
def convert(
    surface,
    planes,
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
    TURNED: tl.constexpr,
    LEFT_RIGHT: tl.constexpr,
    UP_DOWN: tl.constexpr,
    ROWS: tl.constexpr = ROWS,
    COLUMNS: tl.constexpr = COLUMNS,
):
    """To ``planes (3, H', W')``. Grid: tiles of it, down and across.

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
    pair = surface + (chroma_row + y // 2) * pitch + x // 2 * 2
    luma = tl.load(surface + y * pitch + x, mask=inside, other=0).to(tl.int32)
    u = tl.load(pair, mask=inside, other=0).to(tl.int32)
    v = tl.load(pair + 1, mask=inside, other=0).to(tl.int32)
    if WIDE:
        red, green, blue = table_rgb(
            (luma + 128) >> 8, (u + 128) >> 8, (v + 128) >> 8,
            luma_term, luma_scale, red_v, blue_u, green_u, green_v,
        )  # fmt: skip
    else:
        red, green, blue = packed_rgb(
            luma, u, v, luma_term, luma_scale, red_v, blue_u, green_u, green_v
        )
    plane = result_height * result_width
    pixel = planes + row * result_width + column
    tl.store(pixel, red.to(tl.uint8), mask=inside)
    tl.store(pixel + plane, green.to(tl.uint8), mask=inside)
    tl.store(pixel + 2 * plane, blue.to(tl.uint8), mask=inside)
