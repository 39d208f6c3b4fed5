"""Sizes that Triton's interpreter is too slow for."""

from __future__ import annotations

SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
"""Width and height; the pictures are noise."""
