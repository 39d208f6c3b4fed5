"""A stop that ends, whatever does not answer."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gpu_service.errors import TransientError

logger = logging.getLogger("gpu_service.cli")

STOP_SECONDS = 20.0
"""Container runtimes kill without a word, Kubernetes after 30 s."""


@contextmanager
def stop_in_time() -> Iterator[Callable[[], None]]:
    """Call what the block is given when the stop begins: the block has so long to end from then on.

    Past that the process ends as if it were killed, which leaves nothing half-written. A silent
    database takes more than a minute for each statement that ends a video's transaction and lock.
    """
    timer = threading.Timer(STOP_SECONDS, _end)
    timer.daemon = True
    try:
        yield timer.start
    finally:
        timer.cancel()


def _end() -> None:
    logger.error(
        "the stop was not over in %g s, as when the database is silent; ended as it was, nothing is "
        "half-written, ask for what was undone again",
        STOP_SECONDS,
    )
    os._exit(TransientError.exit_code)
