"""Functions that Numba compiles for this machine's CPU."""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from numba import njit

ARRAY, INDEX, NUMBER = "float32[::1]", "uint64", "int64"


def compiled(*parameters: str) -> Callable[[Callable[..., None]], Any]:
    """Compile a function of these parameters, which returns nothing and lets go of the GIL.

    The code is kept beside the module or, where that can't be written, in the user's cache, as
    Numba decides (``NUMBA_CACHE_DIR``). Products and sums may become one instruction.
    """
    signature = f"void({', '.join(parameters)})"

    def decorate(function: Callable[..., None]) -> Any:
        try:
            return njit(signature, cache=True, nogil=True, fastmath={"contract"})(function)
        except (RuntimeError, OSError, EOFError, UnpicklingError):
            # No folder to keep it in, no room there, or half a file: each process compiles anew, for
            # two seconds.
            return njit(signature, nogil=True, fastmath={"contract"})(function)

    return decorate


def inlined(function: Callable[..., Any]) -> Any:
    """A part of compiled functions, which becomes code of each."""
    return njit(inline="always")(function)
