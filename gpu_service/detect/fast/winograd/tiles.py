"""Pictures to transformed tiles and back, compiled by Numba for this machine's CPU.

A tile is 6x6 pixels of the input, from which 4x4 of the output follow; tiles overlap by two pixels.
Frames lie below each other with one row of zeros between them, so that a tile may cover the end of
one frame and the beginning of the next: few frames have a height that four divides.

Three things let the compiler use vector instructions: arrays are flat, distances between what is
read or written together are constants wherever there are many, and indices are unsigned (Python's
negative ones would be looked for at each access). Copies of a few numbers have a length that is
not constant, since it unrolls the others into single moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_service.detect.fast.winograd.compiled import ARRAY, INDEX, NUMBER, compiled

TILES = 96
"""Tiles that are transformed and multiplied at once: what fills the matrix products' inner loops
and still fits a core's cache."""

MOST_CHANNELS = 512

OUT = 4
"""Pixels along a tile's side behind the convolution."""

POINTS = 36
"""Numbers of a transformed tile, by channel."""

LANES = 16
"""Channels that are transformed together; every number of channels is a multiple."""

PLANE = TILES * MOST_CHANNELS + 16
"""Numbers from one point of the tiles to the next, no power of two, or all would share a few lines
of the cache."""

SCRATCH = 2 * POINTS * LANES
"""Numbers in the scratch array."""


_F, _U = np.float32, np.uint64


def _steps(width: int) -> tuple[Any, ...]:
    return tuple(_U(count * width) for count in range(1, 6))


_ZERO, _TWO, _OUT, _IN, _LANES, _PLANE = (_U(n) for n in (0, 2, OUT, 6, LANES, PLANE))
_LANES_1, _LANES_2, _LANES_3, _LANES_4, _LANES_5 = _steps(LANES)
_ROWS_1, _ROWS_2, _ROWS_3, _ROWS_4, _ROWS_5 = _steps(6 * LANES)
_HALVES_1, _HALVES_2, _HALVES_3, _HALVES_4, _HALVES_5 = _steps(OUT * LANES)
_POINT_ROWS_1, _POINT_ROWS_2, _POINT_ROWS_3, _POINT_ROWS_4, _POINT_ROWS_5 = _steps(6 * PLANE)
_SECOND = _U(POINTS * LANES)


@compiled(ARRAY, INDEX, INDEX, ARRAY, INDEX)
def _spread_row(x, at, step, made, to):
    """B by a row of six pixels, :data:`LANES` channels each."""
    for lane in range(_LANES):
        i = at + lane
        d0 = x[i]
        d1 = x[i + step]
        d2 = x[i + _TWO * step]
        d3 = x[i + _U(3) * step]
        d4 = x[i + _U(4) * step]
        d5 = x[i + _U(5) * step]
        even = d4 - _F(4) * d2
        odd = d3 - _F(4) * d1
        near = d4 - d2
        far = _F(2) * (d3 - d1)
        o = to + lane
        made[o] = _F(4) * d0 - _F(5) * d2 + d4
        made[o + _LANES_1] = even + odd
        made[o + _LANES_2] = even - odd
        made[o + _LANES_3] = near + far
        made[o + _LANES_4] = near - far
        made[o + _LANES_5] = _F(4) * d1 - _F(5) * d3 + d5


@compiled(ARRAY, INDEX, ARRAY, INDEX)
def _spread_column(rows, at, tiles, to):
    """B^T by a column of six spread rows, into a column of points."""
    for lane in range(_LANES):
        i = at + lane
        d0 = rows[i]
        d1 = rows[i + _ROWS_1]
        d2 = rows[i + _ROWS_2]
        d3 = rows[i + _ROWS_3]
        d4 = rows[i + _ROWS_4]
        d5 = rows[i + _ROWS_5]
        even = d4 - _F(4) * d2
        odd = d3 - _F(4) * d1
        near = d4 - d2
        far = _F(2) * (d3 - d1)
        o = to + lane
        tiles[o] = _F(4) * d0 - _F(5) * d2 + d4
        tiles[o + _POINT_ROWS_1] = even + odd
        tiles[o + _POINT_ROWS_2] = even - odd
        tiles[o + _POINT_ROWS_3] = near + far
        tiles[o + _POINT_ROWS_4] = near - far
        tiles[o + _POINT_ROWS_5] = _F(4) * d1 - _F(5) * d3 + d5


@compiled(ARRAY, *[NUMBER] * 6, ARRAY, ARRAY)
def to_tiles(x, frames, height, width, channels, first, count, tiles, scratch):
    """Transform some tiles of a picture: B^T d B.

    :param x: ``(frames, height, width, channels)``, flat; zeros stand in beyond every border.
    :param first: the number of the first tile, row by row.
    :param count: of tiles, :data:`TILES` at most.
    :param tiles: ``(count, channels)`` at the beginning of each of :data:`POINTS` planes, flat;
        written.
    :param scratch: :data:`SCRATCH` numbers.
    """
    across = (width + OUT - 1) // OUT
    lanes = _U(scratch.size) // _U(2 * POINTS)
    for tile in range(count):
        top = (first + tile) // across * OUT - 1
        left = (first + tile) % across * OUT - 1
        whole = left >= 0 and left + 6 <= width
        for channel in range(0, channels, LANES):
            frame = top // (height + 1)
            y = top - frame * (height + 1)
            for row in range(6):
                to = _U(row) * _ROWS_1
                at = ((frame * height + y) * width + left) * channels + channel
                if y == height or frame < 0 or frame >= frames:
                    for lane in range(lanes * _IN):
                        scratch[to + lane] = _F(0)
                elif whole:
                    _spread_row(x, _U(at), _U(channels), scratch, to)
                else:
                    o = _SECOND
                    for column in range(6):
                        if left + column >= 0 and left + column < width:
                            i = _U(at + column * channels)
                            for lane in range(lanes):
                                scratch[o + lane] = x[i + lane]
                        else:
                            for lane in range(lanes):
                                scratch[o + lane] = _F(0)
                        o += _LANES
                    _spread_row(scratch, _SECOND, _LANES, scratch, to)
                y += 1
                if y > height:
                    y = 0
                    frame += 1
            at_point = _U(tile * channels + channel)
            for column in range(_IN):
                _spread_column(scratch, column * _LANES, tiles, at_point + column * _PLANE)


@compiled(ARRAY, INDEX, INDEX, ARRAY, INDEX)
def _gather_row(tiles, at, step, made, to):
    """A by a row of six points."""
    for lane in range(_LANES):
        i = at + lane
        m0 = tiles[i]
        m1 = tiles[i + step]
        m2 = tiles[i + _TWO * step]
        m3 = tiles[i + _U(3) * step]
        m4 = tiles[i + _U(4) * step]
        m5 = tiles[i + _U(5) * step]
        near = m1 + m2
        near_difference = m1 - m2
        far = m3 + m4
        far_difference = m3 - m4
        o = to + lane
        made[o] = m0 + near + far
        made[o + _LANES_1] = near_difference + _F(2) * far_difference
        made[o + _LANES_2] = near + _F(4) * far
        made[o + _LANES_3] = near_difference + _F(8) * far_difference + m5


@compiled(ARRAY, INDEX, INDEX)
def _gather_column(rows, at, to):
    """A^T by a column of six gathered rows."""
    for lane in range(_LANES):
        i = at + lane
        m0 = rows[i]
        m1 = rows[i + _HALVES_1]
        m2 = rows[i + _HALVES_2]
        m3 = rows[i + _HALVES_3]
        m4 = rows[i + _HALVES_4]
        m5 = rows[i + _HALVES_5]
        near = m1 + m2
        near_difference = m1 - m2
        far = m3 + m4
        far_difference = m3 - m4
        o = to + lane
        rows[o] = m0 + near + far
        rows[o + _HALVES_1] = near_difference + _F(2) * far_difference
        rows[o + _HALVES_2] = near + _F(4) * far
        rows[o + _HALVES_3] = near_difference + _F(8) * far_difference + m5


@compiled(ARRAY, *[NUMBER] * 8, ARRAY, ARRAY)
def from_tiles(y, frames, height, width, channels, group, step, first, count, tiles, scratch):
    """Transform some tiles back, A^T m A, into a picture for each group of channels.

    :param y: a ``(frames, height, width, group)`` at every ``step`` numbers, flat; written.
    :param channels: of the tiles.
    :param group: channels of a picture; a divisor of ``channels``, a multiple of :data:`LANES`.
    :param first: the number of the first tile, row by row.
    :param count: of tiles, :data:`TILES` at most.
    :param tiles: ``(POINTS, count, channels)``, flat.
    :param scratch: :data:`SCRATCH` numbers.
    """
    across = (width + OUT - 1) // OUT
    lanes = _U(scratch.size) // _U(2 * POINTS)
    plane = _U(count * channels)
    for tile in range(count):
        top = (first + tile) // across * OUT
        left = (first + tile) % across * OUT
        columns = min(OUT, width - left)
        for channel in range(0, channels, LANES):
            at_point = _U(tile * channels + channel)
            for row in range(_IN):
                _gather_row(tiles, at_point + row * _IN * plane, plane, scratch, row * _HALVES_1)
            for column in range(_OUT):
                _gather_column(scratch, column * _LANES, _SECOND + column * _LANES)
            picture = channel // group * step + channel % group
            frame = top // (height + 1)
            line = top - frame * (height + 1)
            for row in range(OUT):
                if line < height and frame < frames:
                    i = _SECOND + _U(row) * _HALVES_1
                    o = _U(picture + ((frame * height + line) * width + left) * group)
                    for _ in range(columns):
                        for lane in range(lanes):
                            y[o + lane] = scratch[i + lane]
                        i += _LANES
                        o += _U(group)
                line += 1
                if line > height:
                    line = 0
                    frame += 1
