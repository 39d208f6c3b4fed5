"""Importing a library that makes very many objects."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def large_import(name: str) -> Iterator[None]:
    """For the block that imports the library for the first time in this process.

    None of its objects is garbage. The collector does not look at them meanwhile, and never again
    afterwards; of torch, that takes 0.6 s off a command, most of it off its end (measured).
    """
    if name in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
