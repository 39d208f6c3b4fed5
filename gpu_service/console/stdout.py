"""The process's stdout, for results alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDOUT, _STDERR = 1, 2


@contextmanager
def results_alone() -> Iterator[None]:
    """Within the block, what is written to ``sys.stdout`` goes to stdout, and nothing else does.

    What libraries write to file descriptor 1 goes to stderr: PyNvVideoCodec says there what NVDEC could
    not decode, in the middle of anybody's JSON. Nothing is changed where ``sys.stdout`` is something
    else, or there is no stderr.
    """
    own = sys.stdout
    if not _is_ours() or own.fileno() != _STDOUT:
        yield
        return
    own.flush()
    kept = os.dup(_STDOUT)
    with open(
        kept, "w", buffering=1 if own.isatty() else -1, encoding=own.encoding, errors=own.errors
    ) as results:
        os.dup2(_STDERR, _STDOUT)
        sys.stdout = results
        try:
            yield
        finally:
            sys.stdout = own
            try:
                results.flush()
            finally:
                os.dup2(kept, _STDOUT)


def _is_ours() -> bool:
    try:
        sys.stdout.fileno()
        os.fstat(_STDERR)
    except (AttributeError, OSError, ValueError):
        return False
    return True
