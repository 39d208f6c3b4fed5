"""Surface to the event model's size in plain torch."""

from __future__ import annotations

from torch import Tensor

from gpu_service_kernels.bicubic import Taps
from gpu_service_kernels.colour import table_colour, table_rgb
from gpu_service_kernels.surface import sample_planes, surface_layout
from gpu_service_kernels.surface_to_detector.filters import detector_filters
from gpu_service_kernels.taps import dense_taps, levels_down


def surface_to_detector(
    surface: Tensor, *, width: int, height: int, matrix: str, full_range: bool
) -> Tensor:
    """Scale a decoded surface to 48×27 RGB, to the bit as ffmpeg's ``scale=48:27:flags=bicubic``.

    So for pictures up to 3,060 samples wide and 1,734 high. For larger ones libswscale has no room
    for the weights and goes through a smaller picture in between; this does not. Of a real video
    enlarged to 3840×2160 the frames are 0.6 to 1.3 levels apart on average, the official model's
    probabilities 0.006 at most, and its boundaries the same; at 3072×1728, 2.7 levels, and one of six
    boundaries by one frame.

    Works on the current stream and does not wait for it. The first call for a size copies that
    size's filters to the device, and waits for that.

    :param surface: NV12 ``(rows, pitch)`` uint8, or P016, the same of uint16 with the sample's
        bits on top. ``rows`` is the luma height and half of it; ``pitch`` is at least ``width``.
    :param width: of the picture, in luma samples; the rest of a row is not read.
    :param height: of the picture, in luma samples.
    :param matrix: ``bt601``, ``bt709``, ``bt2020`` (non-constant luminance), ``smpte240m``, ``fcc``.
    :param full_range: luma is 0…255 rather than 16…235; the result always has full range.
    :returns: ``(27, 48, 3)`` uint8 on the surface's device.
    :raises ValueError: for an argument that is out of range; it is named.
    """
    layout = surface_layout(surface, width, height)
    colour = table_colour(matrix, full_range)
    filters = detector_filters(width, height)
    planes = sample_planes(surface, layout)
    # Sums of 8-bit samples have 22 bits, of 16-bit samples 30; 15 are kept.
    shift = 15 if layout.wide else 7
    y = _scaled(planes[0], filters.across_luma, filters.down_luma, shift)
    u, v = (
        _scaled(plane, filters.across_chroma, filters.down_chroma, shift).repeat_interleave(2, 1)
        for plane in planes[1:]
    )
    return table_rgb(y, u, v, colour)


def _scaled(plane: Tensor, across: Taps, down: Taps, shift: int) -> Tensor:
    """8-bit levels, not clipped, int64."""
    rows = plane.double() @ dense_taps(across, plane.shape[1], plane.device).T
    rows = (rows.long() >> shift).clamp(max=32767)
    return levels_down(down, rows)
