"""JPEG on the CPU."""

from __future__ import annotations

import numpy as np
import simplejpeg
from PIL import Image

from gpu_service.encode.limits import check_size
from gpu_service.frames import Picture, UInt8Array


class CpuJpegEncoder:
    """Encodes with libjpeg-turbo: baseline, 4:2:0, accurate DCT.

    :param quality: 1 to 100.
    :param max_width: wider pictures are scaled down to it, aspect kept; 0 keeps every size.
    """

    def __init__(self, *, quality: int = 85, max_width: int = 0) -> None:
        if not 1 <= quality <= 100 or max_width < 0:
            raise ValueError(f"quality {quality} or maximum width {max_width} is out of range")
        self.quality = quality
        self.max_width = max_width

    def encode(self, picture: Picture) -> bytes:
        """The picture as a JPEG file.

        :raises InputError: ``picture_too_large`` where JPEG can't hold it.
        """
        rgb = _scaled_down(picture.rgb, self.max_width)
        height, width = rgb.shape[:2]
        check_size(width, height)
        jpeg: bytes = simplejpeg.encode_jpeg(
            np.ascontiguousarray(rgb),
            quality=self.quality,
            colorspace="RGB",
            colorsubsampling="420",
            fastdct=False,
        )
        return jpeg


def _scaled_down(rgb: UInt8Array, max_width: int) -> UInt8Array:
    height, width = rgb.shape[:2]
    if not max_width or width <= max_width:
        return rgb
    size = (max_width, max(1, round(height * max_width / width)))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))
