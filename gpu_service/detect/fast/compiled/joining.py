"""A block's four branches joined, with one pass over memory for each.

Arrays are of float32 or of bfloat16's bits. A branch has a multiple of :data:`LANES` channels, since
the compiler uses vector instructions for so many at once only where that is a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gpu_service.detect.blocks import DILATIONS
from gpu_service.detect.fast.compiled.conversion import narrow, wide
from gpu_service.detect.fast.compiled.functions import EITHER, NUMBER, compiled, inlined
from gpu_service.frames import Float32Array, UInt16Array

LANES = 16

_BRANCHES = len(DILATIONS)
_F, _U = np.float32, np.uint64
_LANES = _U(LANES)

Kept = Float32Array | UInt16Array


Branch = Sequence[Kept]
"""Parts that follow each other, each channels last and contiguous."""


def join(branches: Iterable[Branch], y: Kept) -> None:
    """Activate four branches, side by side.

    :param branches: each with a quarter of the other's numbers.
    :param y: ``(..., channels)``, contiguous; written.
    :raises ValueError: they do not fit.
    """
    filters = _filters(y)
    flat = y.reshape(-1)
    for index, branch in enumerate(branches):
        _check(branch, y, index)
        pixel = 0
        for part in branch:
            pixels = part.size // filters
            _put(part.reshape(-1), flat[pixel * y.shape[-1] :], pixels, filters, index * filters)
            pixel += pixels


def join_and_pool(branches: Iterable[Branch], shortcut: Kept, y: Kept) -> None:
    """Activate four branches side by side, add the shortcut, and average 2x2 pixels.

    :param branches: each with a quarter of the shortcut's numbers, in parts of whole frames.
    :param shortcut: ``(frames, height, width, channels)``.
    :param y: ``(frames, height // 2, width // 2, channels)``, contiguous; written.
    :raises ValueError: they do not fit.
    """
    frames, height, width, channels = shortcut.shape
    if y.shape != (frames, height // 2, width // 2, channels):
        raise ValueError(f"{shortcut.shape} averaged is not {y.shape}")
    filters = _filters(y)
    for index, branch in enumerate(branches):
        _check(branch, shortcut, index)
        frame = 0
        for part in branch:
            count, rest = divmod(part.size, height * width * filters)
            if rest:
                raise ValueError(f"no whole frames: {part.shape} of {height}x{width}")
            _pool(
                part.reshape(-1),
                shortcut[frame : frame + count].reshape(-1),
                y[frame : frame + count].reshape(-1),
                *(count, height, width, filters),
                index * filters,
            )
            frame += count


def _filters(y: Kept) -> int:
    """Of a branch."""
    channels: int = y.shape[-1]
    # A copy would be written instead of the array.
    if channels % (_BRANCHES * LANES) or not y.flags.c_contiguous:
        raise ValueError(f"no place for {_BRANCHES} branches of {LANES} channels each: {y.shape}")
    return channels // _BRANCHES


def _check(branch: Branch, joined: Kept, index: int) -> None:
    # Compiled code looks at no bounds.
    if index >= _BRANCHES or sum(part.size for part in branch) * _BRANCHES != joined.size:
        shapes = ", ".join(str(part.shape) for part in branch)
        raise ValueError(f"branch {index} of {shapes} does not fit into {joined.shape}")


@inlined
def _activated(number):
    return max(wide(number), _F(0))


@compiled(*[EITHER] * 2, *[NUMBER] * 3)
def _put(branch, y, pixels, filters, first):
    """Activate a branch, beside the others.

    :param branch: ``(pixels, filters)``.
    :param y: ``(pixels, 4 * filters)``; channels ``[first, first + filters)`` are written.
    """
    i = _U(0)
    for pixel in range(pixels):
        o = _U(pixel * _BRANCHES * filters + first)
        for _ in range(filters // LANES):
            for lane in range(_LANES):
                value = branch[i + lane]
                y[o + lane] = narrow(_activated(value), value)
            i += _LANES
            o += _LANES


@compiled(*[EITHER] * 3, *[NUMBER] * 5)
def _pool(branch, shortcut, y, frames, height, width, filters, first):
    """Activate a branch, add its part of the shortcut, and average 2x2 pixels.

    :param branch: ``(frames, height, width, filters)``.
    :param shortcut: ``(frames, height, width, 4 * filters)``.
    :param y: ``(frames, height // 2, width // 2, 4 * filters)``; channels ``[first, first + filters)``
        are written.
    """
    channels = _BRANCHES * filters
    row = _U(width * filters)
    shortcut_row = _U(width * channels)
    for frame in range(frames):
        for down in range(height // 2):
            o = _U((frame * (height // 2) + down) * (width // 2) * channels + first)
            for across in range(width // 2):
                pixel = (frame * height + 2 * down) * width + 2 * across
                a = _U(pixel * filters)
                b = a + _U(filters)
                e = _U(pixel * channels + first)
                f = e + _U(channels)
                for block in range(filters // LANES):
                    skip = _U(block) * _LANES
                    for lane in range(skip, skip + _LANES):
                        p = _activated(branch[a + lane]) + _activated(branch[b + lane])
                        q = _activated(branch[a + row + lane]) + _activated(branch[b + row + lane])
                        r = wide(shortcut[e + lane]) + wide(shortcut[f + lane])
                        s = wide(shortcut[e + shortcut_row + lane]) + wide(
                            shortcut[f + shortcut_row + lane]
                        )
                        mean = _F(0.25) * ((p + q) + (r + s))
                        y[o + lane] = narrow(mean, shortcut[e + lane])
                o += _U(channels)
