"""Numbers that compiled functions compute with in float32, however they are kept.

NumPy and Numba have no bfloat16: its arrays are of uint16, its bits, which are the upper half of
float32's.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_FLOAT, _BITS, _HALF = ir.FloatType(), ir.IntType(32), ir.IntType(16)


def _wide(context: Any, number: Any) -> Any:
    if number == types.float32:
        return types.float32(number), _unchanged
    if number == types.uint16:
        return types.float32(number), _widened
    return None


def _narrow(context: Any, number: Any, like: Any) -> Any:
    if (number, like) == (types.float32, types.float32):
        return types.float32(number, like), _unchanged
    if (number, like) == (types.float32, types.uint16):
        return types.uint16(number, like), _narrowed
    return None


def _unchanged(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return arguments[0]


def _widened(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    bits = builder.shl(builder.zext(arguments[0], _BITS), _BITS(16))
    return builder.bitcast(bits, _FLOAT)


def _narrowed(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    number = arguments[0]
    bits = builder.bitcast(number, _BITS)
    odd = builder.and_(builder.lshr(bits, _BITS(16)), _BITS(1))
    rounded = builder.add(builder.add(bits, _BITS(0x7FFF)), odd)
    # The carry of a NaN would run into its exponent, or into the sign.
    quiet = builder.or_(bits, _BITS(0x400000))
    is_none = builder.fcmp_unordered("uno", number, number)
    chosen = builder.select(is_none, quiet, rounded)
    return builder.trunc(builder.lshr(chosen, _BITS(16)), _HALF)


wide: Any = intrinsic(_wide)
"""A kept number as float32: of float32 itself, or of bfloat16's bits."""

narrow: Any = intrinsic(_narrow)
"""``narrow(number, like)``: a float32 as it is kept where ``like`` is: itself, or the bits of the
nearest bfloat16, of two as near the even one. What is no number stays none."""
