"""Surface to full-size RGB in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor

from gpu_service_kernels.colour import packed_colour, packed_rgb, table_colour, table_rgb
from gpu_service_kernels.surface import SurfaceLayout, sample_planes, surface_layout
from gpu_service_kernels.surface_to_rgb.chroma import chroma_taps
from gpu_service_kernels.taps import levels_down


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
    """Convert a decoded surface to RGB of its own size, upright, as ffmpeg converts it.

    The results are libswscale's on x86 to the bit. It repeats the chroma of 8-bit pictures of even
    height: the mean over a 2×2 block, which a 4:2:0 JPEG takes, gives back the video's own chroma.
    Else it interpolates down the rows. An odd width of more than 8 bits, or with an odd height, is
    the exception, which H.264 and HEVC of 4:2:0 don't have: results agree there where colours don't
    change from pixel to pixel.

    Non-square pixels stay as they are; scaling them is a step of its own. Works on the current
    stream and does not wait for it. Where chroma is interpolated, the first call for a height copies
    that height's weights to the device, and waits for that.

    :param surface: NV12 ``(rows, pitch)`` uint8, or P016, the same of uint16 with the sample's
        bits on top. ``rows`` is the luma height and half of it; ``pitch`` is at least ``width``.
    :param width: of the picture, in luma samples; the rest of a row is not read.
    :param height: of the picture, in luma samples.
    :param matrix: ``bt601``, ``bt709``, ``bt2020`` (non-constant luminance), ``smpte240m``, ``fcc``.
    :param full_range: luma is 0…255 rather than 16…235; the result always has full range.
    :param quarter_turns: 0 to 3, counterclockwise as shown, after the mirroring.
    :param mirrored: left and right change places.
    :returns: ``(H, W, 3)`` uint8 on the surface's device, ``(W, H, 3)`` for an odd number of
        turns; a view of planes ``(3, H, W)``, contiguous, which is how nvJPEG takes them.
    :raises ValueError: for an argument that is out of range; it is named.
    """
    layout = surface_layout(surface, width, height)
    if quarter_turns not in (0, 1, 2, 3):
        raise ValueError(f"quarter_turns: {quarter_turns} is not one of 0, 1, 2, 3")
    y, *chroma = sample_planes(surface, layout)
    taps = chroma_taps(layout)
    if taps is None:
        u, v = (_level(plane, layout).repeat_interleave(2, 0)[:height] for plane in chroma)
    else:
        u, v = (levels_down(taps, plane >> 1 if layout.wide else plane << 7) for plane in chroma)
    u, v = (plane.repeat_interleave(2, 1)[:, :width] for plane in (u, v))
    y = _level(y, layout)
    if layout.wide or taps is not None:
        rgb = table_rgb(y, u, v, table_colour(matrix, full_range))
    else:
        rgb = packed_rgb(y, u, v, packed_colour(matrix, full_range))
    if mirrored:
        rgb = rgb.flip(1)
    planes = torch.rot90(rgb, quarter_turns, (0, 1)).permute(2, 0, 1)
    return planes.contiguous().permute(1, 2, 0)


def _level(plane: Tensor, layout: SurfaceLayout) -> Tensor:
    """8-bit levels."""
    return (plane + 128) >> 8 if layout.wide else plane
