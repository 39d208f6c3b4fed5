"""The process's stdout, for results alone."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_STDOUT, _STDERR = 1, 2


@contextmanager
def results_alone() -> Iterator[None]:
    """Within the block, what is written to ``sys.stdout`` goes to stdout, and nothing else does.

    What libraries write to file descriptor 1 goes to stderr: PyNvVideoCodec says there what NVDEC could
    not decode, in the middle of anybody's JSON. Nothing is changed where ``sys.stdout`` is something
    else, or there is no stderr.

    :raises OSError: at the end, for results that can't be written; not where nobody reads them any more.
    """
    own = sys.stdout
    if sys.stderr is None or _descriptor(own) != _STDOUT:
        yield
        return
    own.flush()
    kept = os.dup(_STDOUT)
    buffering = 1 if own.isatty() else -1
    results = open(kept, "w", buffering, encoding=own.encoding, errors=own.errors)  # noqa: SIM115
    _point_stdout_at(_STDERR)
    sys.stdout = results
    try:
        yield
    finally:
        sys.stdout = own
        _point_stdout_at(kept)
        with suppress(BrokenPipeError):
            results.close()


def _point_stdout_at(descriptor: int) -> None:
    # What was printed so far belongs where it was printed to.
    ctypes.CDLL(None).fflush(None)
    os.dup2(descriptor, _STDOUT)


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
