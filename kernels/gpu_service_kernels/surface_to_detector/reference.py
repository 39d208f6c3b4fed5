"""Surfaces to the event model's size in plain torch."""

from __future__ import annotations

from torch import Tensor

from gpu_service_kernels.bicubic import Taps
from gpu_service_kernels.colour import table_colour, table_rgb
from gpu_service_kernels.surface import batch_layout, sample_planes
from gpu_service_kernels.surface_to_detector.filters import detector_filters
from gpu_service_kernels.taps import dense_taps, levels_down


def surface_to_detector(
    surfaces: Tensor, *, width: int, height: int, matrix: str, full_range: bool
) -> Tensor:
    """Scale decoded surfaces to 48×27 RGB, to the bit as ffmpeg's ``scale=48:27:flags=bicubic``.

    So for pictures up to 3,060 samples wide and 1,734 high. For larger ones libswscale has no room
    for the weights and goes through a smaller picture in between; this does not. Of a real video
    enlarged to 3840×2160 the frames are 0.6 to 1.3 levels apart on average, the official model's
    probabilities 0.006 at most, and its boundaries the same; at 3072×1728, 2.7 levels, and one of six
    boundaries by one frame.

    Works on the current stream and does not wait for it. The first call for a size copies that
    size's filters to the device, and waits for that; later ones find them there.

    :param surfaces: NV12 ``(N, rows, pitch)`` uint8, or P016, the same of uint16 with the sample's
        bits on top. ``rows`` is the luma height and half of it; ``pitch`` is at least ``width``. N
        may be 0. Surfaces may be further apart than their rows, and rows than ``pitch``; of a GPU's,
        those at multiples of 16 samples are read fastest.
    :param width: of the pictures, in luma samples; the rest of a row is not read.
    :param height: of the pictures, in luma samples.
    :param matrix: ``bt601``, ``bt709``, ``bt2020`` (non-constant luminance), ``smpte240m``, ``fcc``.
    :param full_range: luma is 0…255 rather than 16…235; the result always has full range.
    :returns: ``(N, 27, 48, 3)`` uint8 on the surfaces' device.
    :raises ValueError: for an argument that is out of range; it is named.
    """
    layout = batch_layout(surfaces, width, height)
    colour = table_colour(matrix, full_range)
    filters = detector_filters(width, height)
    planes = sample_planes(surfaces, layout)
    # Sums of 8-bit samples have 22 bits, of 16-bit samples 30; 15 are kept.
    shift = 15 if layout.wide else 7
    y = _scaled(planes[0], filters.across_luma, filters.down_luma, shift)
    u, v = (
        _scaled(plane, filters.across_chroma, filters.down_chroma, shift).repeat_interleave(2, 2)
        for plane in planes[1:]
    )
    return table_rgb(y, u, v, colour)


def _scaled(planes: Tensor, across: Taps, down: Taps, shift: int) -> Tensor:
    """``(N, H, W)`` to 8-bit levels ``(N, 27, …)``, not clipped, int64."""
    rows = planes.double() @ dense_taps(across, planes.shape[2], planes.device).T
    rows = (rows.long() >> shift).clamp(max=32767)
    return levels_down(down, rows.transpose(0, 1)).transpose(0, 1)
