"""The two arithmetics of :mod:`gpu_service_kernels.colour` for use inside kernels."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def table_rgb(y, u, v, luma_base, luma_scale, red_v, blue_u, green_u, green_v):
    """int32 tiles of 8-bit levels to three of int32, clipped."""
    u = tl.minimum(tl.maximum(u, 0), 255)
    v = tl.minimum(tl.maximum(v, 0), 255)
    red = y + ((v * red_v) >> 16) - (red_v >> 9)
    green = y + ((u * green_u) >> 16) - (green_u >> 9) + ((v * green_v) >> 16) - (green_v >> 9)
    blue = y + ((u * blue_u) >> 16) - (blue_u >> 9)
    red = clip_to_level((luma_base + red * luma_scale) >> 16)
    green = clip_to_level((luma_base + green * luma_scale) >> 16)
    blue = clip_to_level((luma_base + blue * luma_scale) >> 16)
    return red, green, blue


@triton.jit
def packed_rgb(y, u, v, luma_offset, luma_scale, red_v, blue_u, green_u, green_v):
    """int32 tiles of 8-bit levels to three of int32, clipped."""
    luma = ((8 * y - luma_offset) * luma_scale) >> 16
    u = 8 * u - 1024
    v = 8 * v - 1024
    red = clip_to_level(luma + ((v * red_v) >> 16))
    green = clip_to_level(luma + ((u * green_u) >> 16) + ((v * green_v) >> 16))
    blue = clip_to_level(luma + ((u * blue_u) >> 16))
    return red, green, blue


@triton.jit
def clip_to_level(value):
    """To 0…255."""
    return tl.minimum(tl.maximum(value, 0), 255)
