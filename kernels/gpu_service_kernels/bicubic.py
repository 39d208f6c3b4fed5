"""The weights with which libswscale's ``flags=bicubic`` scales one axis, to the last bit.

The event model's reference scores were made with that filter, so the kernels use its very numbers:
a Keys cubic with B = 0 and C = 0.6, stretched by the scale when shrinking, tails below 0.2 % cut,
what lies outside folded onto the edge sample, and the rounding error of each weight carried to the
next. Everything is integer arithmetic, as there. Source: ``initFilter`` in FFmpeg's
``libswscale/utils.c``, read at 7.x and checked against 8.1's results.
"""

from __future__ import annotations

from dataclasses import dataclass

DOWN_ONE = 1 << 12
"""What the weights of one row sum to."""

DOWN_ALIGN = 2
"""See :func:`bicubic_taps`."""

_POSITION_ONE = 1 << 17
"""A source sample, in units of position."""

_DISTANCE_ONE = 1 << 30
"""A distance of one lobe, in units of distance."""

_CUBIC_ONE = 1 << 24
_CUBIC_C = int(0.6 * _CUBIC_ONE)

_LARGEST_CUT = 0.002
"""Weights at either end are dropped while their magnitudes sum to no more than this."""


@dataclass(frozen=True)
class Taps:
    """Row ``i`` of the result is ``sum(weights[i][k] * source[first[i] + k])``, divided by ``one``.

    :ivar first: the first source sample of each output sample.
    :ivar weights: as many for each, zero-padded, never reaching past the last source sample but
        with zeros; each row sums to ``one``.
    """

    first: tuple[int, ...]
    weights: tuple[tuple[int, ...], ...]
    one: int

    @property
    def size(self) -> int:
        """Weights of one output sample."""
        return len(self.weights[0])


def bicubic_taps(source: int, output: int, *, one: int, align: int) -> Taps:
    """Weights that scale ``source`` samples to ``output`` samples over the same extent.

    :param one: what the weights of one output sample sum to.
    :param align: their number is rounded up to a multiple of it, which keeps weights that would
        have been cut; 4 across and :data:`DOWN_ALIGN` down in libswscale on x86 and ARM.
    """
    step = ((source << 16) + (output >> 1)) // output
    if abs(step - (1 << 16)) < 10:
        return Taps(tuple(range(output)), ((one,),) * output, one)
    first, rows = _sampled(source, output, step)
    unit = _unit(source, output)
    longest = _cut(first, rows, _LARGEST_CUT * unit)
    size = -(-longest // align) * align
    rows = [(row + [0] * size)[:size] for row in rows]
    _fold(first, rows, source)
    return Taps(tuple(first), tuple(_normalised(row, one) for row in rows), one)


def _unit(source: int, output: int) -> int:
    """The cubic's peak, times six."""
    return 1 << (54 - min(max(source // output, 1).bit_length() - 1, 8))


def _sampled(source: int, output: int, step: int) -> tuple[list[int], list[list[int]]]:
    shrinking = step > 1 << 16
    size = 1 + (4 * source + output - 1) // output if shrinking else 5
    size = max(min(size, source - 2), 1)
    divisor = (1 << 54) // _unit(source, output)
    first, rows = [], []
    centre = step - (1 << 16)
    for _ in range(output):
        start = _towards_zero(centre - ((size - 2) << 16), _POSITION_ONE)
        row = []
        for sample in range(start, start + size):
            distance = abs(sample * _POSITION_ONE - centre) << 13
            if shrinking:
                distance = distance * output // source
            row.append(_towards_zero(_cubic(distance), divisor))
        first.append(start)
        rows.append(row)
        centre += 2 * step
    return first, rows


def _cubic(distance: int) -> int:
    """Six times the Keys cubic, C = 0.6."""
    c = _CUBIC_C
    squared = (distance * distance) >> 30
    cubed = (squared * distance) >> 30
    if distance < _DISTANCE_ONE:
        return (
            (12 * _CUBIC_ONE - 6 * c) * cubed
            + (-18 * _CUBIC_ONE + 6 * c) * squared
            + 6 * _CUBIC_ONE * _DISTANCE_ONE
        )
    if distance < 2 * _DISTANCE_ONE:
        return -6 * c * cubed + 30 * c * squared - 48 * c * distance + 24 * c * _DISTANCE_ONE
    return 0


def _cut(first: list[int], rows: list[list[int]], limit: float) -> int:
    """Drop near-zero weights at the left, in place.

    :returns: the most weights that any row needs once those at the right are dropped too.
    """
    longest = 0
    for i in reversed(range(len(rows))):
        row = rows[i]
        dropped = 0
        for _ in range(len(row)):
            dropped += abs(row[0])
            # Starts never decrease: the scaler walks through the source once.
            if dropped > limit or (i + 1 < len(rows) and first[i] >= first[i + 1]):
                break
            row.append(0)
            del row[0]
            first[i] += 1
        needed = len(row)
        dropped = 0
        for weight in reversed(row[1:]):
            dropped += abs(weight)
            if dropped > limit:
                break
            needed -= 1
        longest = max(longest, needed)
    return longest


def _fold(first: list[int], rows: list[list[int]], source: int) -> None:
    """What lies before the first or after the last source sample counts for that sample."""
    for i, row in enumerate(rows):
        size = len(row)
        if first[i] < 0:
            for k in range(1, size):
                weight, row[k] = row[k], 0
                row[max(k + first[i], 0)] += weight
            first[i] = 0
        if first[i] + size > source:
            shift = first[i] + min(size - source, 0)
            beyond = sum(row[max(source - first[i], 0) :])
            inside = row[: max(source - first[i], 0)]
            row[:] = ([0] * shift + inside + [0] * size)[:size]
            first[i] -= shift
            row[source - 1 - first[i]] += beyond


def _normalised(row: list[int], one: int) -> tuple[int, ...]:
    total = (sum(row) + one // 2) // one or 1
    weights = []
    error = 0
    for weight in row:
        exact = weight + error
        nearest = _towards_zero(exact + (total >> 1 if exact >= 0 else -(total >> 1)), total)
        weights.append(nearest)
        error = exact - nearest * total
    return tuple(weights)


def _towards_zero(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend >= 0) == (divisor >= 0) else -quotient
