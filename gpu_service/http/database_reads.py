"""Reads of the database for a request, which ends whether or not the database answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from gpu_service.errors import TransientError


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Give up what the block asks of the database, a free connection included, after so long.

    :raises TransientError: ``database_slow``.
    """
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError as error:
        raise database_silent(seconds) from error


def database_silent(seconds: float) -> TransientError:
    """What it means that nothing came in so long."""
    return TransientError(
        f"the database did not answer in {seconds:g} s; check that it runs",
        reason="database_slow",
    )
