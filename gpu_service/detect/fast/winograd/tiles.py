"""Pictures to transformed tiles and back, compiled by Numba for this machine's CPU.

A tile is 8x8 pixels of the input, from which 6x6 of the output follow; tiles overlap by two pixels.
Frames lie below each other with one row of zeros between them, so that a tile may cover the end of
one frame and the beginning of the next: few frames have a height that six divides.

Three things let the compiler use vector instructions: arrays are flat, distances between what is
read or written together are constants wherever there are many, and indices are unsigned (Python's
negative ones would be looked for at each access). Copies of a few numbers have a length that is
not constant, since it unrolls the others into single moves.
"""

from __future__ import annotations

import numpy as np

from gpu_service.detect.fast.compiled.functions import ARRAY, INDEX, NUMBER, compiled, inlined

IN = 8
"""Pixels along a tile's side before the convolution."""

OUT = 6
"""The same behind it."""

POINTS = IN * IN
"""Numbers of a transformed tile, by channel."""

TILES = 96
"""Tiles that are transformed and multiplied at once: that fills the products' inner loops."""

LANES = 16
"""Channels that are transformed together; every number of channels is a multiple."""

MOST_INPUTS, MOST_OUTPUTS = 256, 512
"""Channels before the convolution and behind it, at most."""

PLANE = TILES * MOST_INPUTS + 16
"""Numbers from one point of the input's tiles to the next, no power of two, or all would share a
few lines of the cache."""

SCRATCH = 2 * POINTS * LANES
"""Numbers in the scratch array."""

_F, _U = np.float32, np.uint64
_IN, _OUT, _LANES, _PLANE = _U(IN), _U(OUT), _U(LANES), _U(PLANE)
_ROW, _NARROW_ROW, _POINT_ROW = _IN * _LANES, _OUT * _LANES, _IN * _PLANE
_SECOND = _U(POINTS * LANES)


@inlined
def _spread(array, at, step):
    """B^T d, of eight numbers at equal distances."""
    d0 = array[at]
    d1 = array[at + step]
    d2 = array[at + _U(2) * step]
    d3 = array[at + _U(3) * step]
    d4 = array[at + _U(4) * step]
    d5 = array[at + _U(5) * step]
    d6 = array[at + _U(6) * step]
    d7 = array[at + _U(7) * step]
    even_1 = d2 + d6 - _F(4.25) * d4
    odd_1 = d1 + d5 - _F(4.25) * d3
    even_2 = d6 + _F(0.25) * d2 - _F(1.25) * d4
    odd_2 = _F(0.5) * d1 - _F(2.5) * d3 + _F(2) * d5
    even_3 = d6 + _F(4) * d2 - _F(5) * d4
    odd_3 = _F(2) * d1 - _F(2.5) * d3 + _F(0.5) * d5
    return (
        d0 - d6 + _F(5.25) * (d4 - d2),
        even_1 + odd_1,
        even_1 - odd_1,
        even_2 + odd_2,
        even_2 - odd_2,
        even_3 + odd_3,
        even_3 - odd_3,
        d7 - d1 + _F(5.25) * (d3 - d5),
    )


@inlined
def _gather(array, at, step):
    """A^T m, of eight numbers at equal distances."""
    m0 = array[at]
    m1 = array[at + step]
    m2 = array[at + _U(2) * step]
    m3 = array[at + _U(3) * step]
    m4 = array[at + _U(4) * step]
    m5 = array[at + _U(5) * step]
    m6 = array[at + _U(6) * step]
    m7 = array[at + _U(7) * step]
    sum_1, difference_1 = m1 + m2, m1 - m2
    sum_2, difference_2 = m3 + m4, m3 - m4
    sum_3, difference_3 = m5 + m6, m5 - m6
    return (
        m0 + sum_1 + sum_2 + sum_3,
        difference_1 + _F(2) * difference_2 + _F(0.5) * difference_3,
        sum_1 + _F(4) * sum_2 + _F(0.25) * sum_3,
        difference_1 + _F(8) * difference_2 + _F(0.125) * difference_3,
        sum_1 + _F(16) * sum_2 + _F(0.0625) * sum_3,
        difference_1 + _F(32) * difference_2 + _F(0.03125) * difference_3 + m7,
    )


@compiled(ARRAY, INDEX, INDEX, ARRAY, INDEX)
def _spread_row(x, at, step, made, to):
    """A row of pixels, :data:`LANES` channels each."""
    for lane in range(_LANES):
        v = _spread(x, at + lane, step)
        o = to + lane
        made[o] = v[0]
        made[o + _LANES] = v[1]
        made[o + _U(2) * _LANES] = v[2]
        made[o + _U(3) * _LANES] = v[3]
        made[o + _U(4) * _LANES] = v[4]
        made[o + _U(5) * _LANES] = v[5]
        made[o + _U(6) * _LANES] = v[6]
        made[o + _U(7) * _LANES] = v[7]


@compiled(ARRAY, INDEX, ARRAY, INDEX)
def _spread_column(rows, at, tiles, to):
    """A column of spread rows, into a column of points."""
    for lane in range(_LANES):
        v = _spread(rows, at + lane, _ROW)
        o = to + lane
        tiles[o] = v[0]
        tiles[o + _POINT_ROW] = v[1]
        tiles[o + _U(2) * _POINT_ROW] = v[2]
        tiles[o + _U(3) * _POINT_ROW] = v[3]
        tiles[o + _U(4) * _POINT_ROW] = v[4]
        tiles[o + _U(5) * _POINT_ROW] = v[5]
        tiles[o + _U(6) * _POINT_ROW] = v[6]
        tiles[o + _U(7) * _POINT_ROW] = v[7]


@compiled(ARRAY, INDEX, INDEX, ARRAY, INDEX)
def _gather_row(tiles, at, step, made, to):
    """A row of points."""
    for lane in range(_LANES):
        v = _gather(tiles, at + lane, step)
        o = to + lane
        made[o] = v[0]
        made[o + _LANES] = v[1]
        made[o + _U(2) * _LANES] = v[2]
        made[o + _U(3) * _LANES] = v[3]
        made[o + _U(4) * _LANES] = v[4]
        made[o + _U(5) * _LANES] = v[5]


@compiled(ARRAY, INDEX, INDEX)
def _gather_column(rows, at, to):
    """A column of gathered rows."""
    for lane in range(_LANES):
        v = _gather(rows, at + lane, _NARROW_ROW)
        o = to + lane
        rows[o] = v[0]
        rows[o + _NARROW_ROW] = v[1]
        rows[o + _U(2) * _NARROW_ROW] = v[2]
        rows[o + _U(3) * _NARROW_ROW] = v[3]
        rows[o + _U(4) * _NARROW_ROW] = v[4]
        rows[o + _U(5) * _NARROW_ROW] = v[5]


@compiled(ARRAY, *[NUMBER] * 6, ARRAY, ARRAY)
def to_tiles(x, frames, height, width, channels, first, count, tiles, scratch):
    """Transform some tiles of a picture: B^T d B.

    :param x: ``(frames, height, width, channels)``, flat; zeros stand in beyond every border.
    :param first: the number of the first tile, row by row.
    :param count: of tiles, :data:`TILES` at most.
    :param tiles: ``(count, channels)`` at every :data:`PLANE` numbers, :data:`POINTS` times, flat;
        written.
    :param scratch: :data:`SCRATCH` numbers.
    """
    across = (width + OUT - 1) // OUT
    lanes = _U(scratch.size) // _U(2 * POINTS)
    for tile in range(count):
        top = (first + tile) // across * OUT - 1
        left = (first + tile) % across * OUT - 1
        whole = left >= 0 and left + IN <= width
        for channel in range(0, channels, LANES):
            frame = top // (height + 1)
            y = top - frame * (height + 1)
            for row in range(IN):
                to = _U(row) * _ROW
                at = ((frame * height + y) * width + left) * channels + channel
                if y == height or frame < 0 or frame >= frames:
                    for lane in range(lanes * _IN):
                        scratch[to + lane] = _F(0)
                elif whole:
                    _spread_row(x, _U(at), _U(channels), scratch, to)
                else:
                    o = _SECOND
                    for column in range(IN):
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
                at = at_point + row * _IN * plane
                _gather_row(tiles, at, plane, scratch, row * _NARROW_ROW)
            for column in range(_OUT):
                _gather_column(scratch, column * _LANES, _SECOND + column * _LANES)
            picture = channel // group * step + channel % group
            frame = top // (height + 1)
            line = top - frame * (height + 1)
            for row in range(OUT):
                if line < height and frame < frames:
                    i = _SECOND + _U(row) * _NARROW_ROW
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
