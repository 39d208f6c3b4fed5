"""What JPEG can hold."""

from __future__ import annotations

from gpu_service.errors import InputError

MAX_SIDE_PIXELS = 65_500
"""What libjpeg takes; the format itself ends at 65,535."""


def check_size(width: int, height: int) -> None:
    """Refuse what JPEG has no room for.

    :raises InputError: ``picture_too_large``.
    """
    if max(height, width) > MAX_SIDE_PIXELS:
        raise InputError(
            f"a picture of {width}x{height} is too large for JPEG ({MAX_SIDE_PIXELS} pixels a side)",
            reason="picture_too_large",
        )
