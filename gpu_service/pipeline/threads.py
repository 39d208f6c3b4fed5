"""Blocking work in a worker thread that is never abandoned."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio.lowlevel
import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

_T = TypeVar("_T")
_Arguments = TypeVarTuple("_Arguments")


_limiter: RunVar[CapacityLimiter] = RunVar("gpu_service_threads")


def _no_limit() -> CapacityLimiter:
    """A stage that waited for another stage's thread to end would stop the pipeline for good.

    There are as many threads as stages, and so a few for each of the videos that run at once.
    """
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(math.inf)
        _limiter.set(limiter)
        return limiter


def threads_at_work() -> int:
    """How many threads run work of :func:`in_thread`, or wait in it."""
    return _no_limit().borrowed_tokens


async def in_thread(work: Callable[[*_Arguments], _T], *arguments: *_Arguments) -> _T:
    """Run ``work`` in a worker thread and wait for its end, also when cancelled.

    A cancelled thread is freed by what it waits for: a send or a read that fails there. That
    failure is an ordinary exception, which must not pass for the reason: the caller sees the
    cancellation.

    :raises Exception: whatever ``work`` raises, unless the caller has been cancelled meanwhile.
    """
    try:
        return await anyio.to_thread.run_sync(work, *arguments, limiter=_no_limit())
    except Exception:
        await anyio.lowlevel.checkpoint_if_cancelled()
        raise
