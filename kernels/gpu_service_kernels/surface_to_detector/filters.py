"""The four filters that take a picture to the event model's size, kept per picture size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gpu_service_kernels.bicubic import DOWN_ALIGN, DOWN_ONE, Taps, bicubic_taps

OUTPUT_WIDTH = 48
OUTPUT_HEIGHT = 27

OUTPUT_CHROMA_WIDTH = OUTPUT_WIDTH // 2
"""libswscale gives two pixels of packed RGB one chroma sample; rows have a chroma row each."""

ACROSS_ONE = 1 << 14

SIZES_KEPT = 256
"""Some 60 KB each for 1080p."""


@dataclass(frozen=True)
class Filters:
    """Taps across and down."""

    across_luma: Taps
    across_chroma: Taps
    down_luma: Taps
    down_chroma: Taps


@lru_cache(SIZES_KEPT)
def detector_filters(width: int, height: int) -> Filters:
    """For 4:2:0 of this size.

    Chroma is taken to lie amid its four luma samples, whatever the video says: so does ffmpeg's
    scale filter, with which the model's reference scores were made.
    """
    chroma_width, chroma_height = (width + 1) // 2, (height + 1) // 2
    return Filters(
        bicubic_taps(width, OUTPUT_WIDTH, one=ACROSS_ONE, align=4),
        bicubic_taps(chroma_width, OUTPUT_CHROMA_WIDTH, one=ACROSS_ONE, align=4),
        bicubic_taps(height, OUTPUT_HEIGHT, one=DOWN_ONE, align=DOWN_ALIGN),
        bicubic_taps(chroma_height, OUTPUT_HEIGHT, one=DOWN_ONE, align=DOWN_ALIGN),
    )
