"""A block's four branches joined, compiled by Numba: one pass over memory for four."""

from __future__ import annotations

import numpy as np

from gpu_service.detect.fast.winograd.compiled import ARRAY, NUMBER, compiled

_F, _U = np.float32, np.uint64


@compiled(*[ARRAY] * 2, *[NUMBER] * 3)
def _put(branch, y, pixels, filters, first):
    """One branch's channels, activated."""
    lanes = _U(filters)
    for pixel in range(pixels):
        i = _U(pixel * filters)
        o = _U(pixel * 4 * filters + first)
        for lane in range(lanes):
            value = branch[i + lane]
            y[o + lane] = max(value, _F(0))


@compiled(*[ARRAY] * 5, *[NUMBER] * 2)
def join(first, second, third, fourth, y, pixels, filters):
    """Activate four branches, side by side.

    :param first: ``(pixels, filters)``, flat; so the second, third and fourth.
    :param y: ``(pixels, 4 * filters)``, flat; written.
    """
    _put(first, y, pixels, filters, 0)
    _put(second, y, pixels, filters, filters)
    _put(third, y, pixels, filters, 2 * filters)
    _put(fourth, y, pixels, filters, 3 * filters)


@compiled(*[ARRAY] * 3, *[NUMBER] * 5)
def _pool(branch, shortcut, y, frames, height, width, filters, first):
    lanes = _U(filters)
    channels = 4 * filters
    o = _U(first)
    for frame in range(frames):
        for row in range(height // 2):
            for column in range(width // 2):
                pixel = (frame * height + 2 * row) * width + 2 * column
                a = _U(pixel * filters)
                b = a + lanes
                c = a + _U(width * filters)
                d = c + lanes
                e = _U(pixel * channels + first)
                f = e + _U(channels)
                g = e + _U(width * channels)
                h = g + _U(channels)
                for lane in range(lanes):
                    p = max(branch[a + lane], _F(0)) + max(branch[b + lane], _F(0))
                    q = max(branch[c + lane], _F(0)) + max(branch[d + lane], _F(0))
                    r = shortcut[e + lane] + shortcut[f + lane]
                    s = shortcut[g + lane] + shortcut[h + lane]
                    y[o + lane] = _F(0.25) * ((p + q) + (r + s))
                o += _U(channels)


@compiled(*[ARRAY] * 6, *[NUMBER] * 4)
def join_and_pool(first, second, third, fourth, shortcut, y, frames, height, width, filters):
    """Activate four branches side by side, add the shortcut, and average 2x2 pixels.

    :param first: ``(frames, height, width, filters)``, flat; so the second, third and fourth.
    :param shortcut: ``(frames, height, width, 4 * filters)``, flat.
    :param y: ``(frames, height // 2, width // 2, 4 * filters)``, flat; written.
    """
    _pool(first, shortcut, y, frames, height, width, filters, 0)
    _pool(second, shortcut, y, frames, height, width, filters, filters)
    _pool(third, shortcut, y, frames, height, width, filters, 2 * filters)
    _pool(fourth, shortcut, y, frames, height, width, filters, 3 * filters)
