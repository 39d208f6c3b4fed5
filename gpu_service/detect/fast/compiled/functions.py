"""Functions that Numba compiles for this machine's CPU."""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from numba import njit

ARRAY, INDEX, NUMBER = "float32[::1]", "uint64", "int64"

EITHER = "float32[::1] or uint16[::1]"
"""An array of float32 or of the bits of bfloat16: the same one for all such parameters."""

_KINDS = EITHER.split(" or ")


def compiled(*parameters: str) -> Callable[[Callable[..., None]], Any]:
    """Compile a function of these parameters, which returns nothing and lets go of the GIL.

    The code is kept beside the module or, where that can't be written, in the user's cache, as
    Numba decides (``NUMBA_CACHE_DIR``), until the function's own file changes: after a change of what
    it calls in another, that folder must go. Products and sums may become one instruction.
    """
    written = f"void({', '.join(parameters)})"
    signatures = [written.replace(EITHER, kind) for kind in _KINDS if EITHER in parameters]

    def decorate(function: Callable[..., None]) -> Any:
        given = signatures or [written]
        try:
            return njit(given, cache=True, nogil=True, fastmath={"contract"})(function)
        except (RuntimeError, OSError, EOFError, UnpicklingError):
            # No folder to keep it in, no room there, or half a file: each process compiles anew, for
            # two seconds.
            return njit(given, nogil=True, fastmath={"contract"})(function)

    return decorate


def inlined(function: Callable[..., Any]) -> Any:
    """A part of compiled functions, which becomes code of each."""
    return njit(inline="always")(function)
