"""Decoding with the downscale to 48×27 against bare PyAV decoding; measured elsewhere."""

from __future__ import annotations

from importlib.util import find_spec

from benchmarks.context import Context
from benchmarks.figures import NotToBeHadError, Outcome

_LEAST = 0.85


def run(context: Context) -> Outcome:
    """The measure of :mod:`benchmarks.decode_speed`, as a case."""
    if find_spec("benchmarks.decode_speed") is None:
        raise NotToBeHadError("benchmarks.decode_speed is not here")
    raise NotToBeHadError("to be joined with benchmarks.decode_speed")
