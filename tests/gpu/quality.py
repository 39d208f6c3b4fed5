"""How far a JPEG is from the picture it was made of."""

from __future__ import annotations

import numpy as np
import simplejpeg

from gpu_service.frames import UInt8Array


def psnr(jpeg: bytes, rgb: UInt8Array) -> float:
    """In dB; 99 where nothing differs."""
    error = np.square(simplejpeg.decode_jpeg(jpeg).astype(float) - rgb).mean()
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))
