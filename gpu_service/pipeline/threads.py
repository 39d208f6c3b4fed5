"""Blocking work in a worker thread that is never abandoned."""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

import anyio.from_thread
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


def on_loop(work: Callable[[*_Arguments], Awaitable[_T]], *arguments: *_Arguments) -> _T:
    """In a thread of :func:`in_thread`: run ``work`` in the event loop and wait for its end.

    :raises asyncio.CancelledError: whoever waits for the thread has been cancelled; no ``Exception``,
        so that no handler takes it for an error of the work.
    """

    async def begin() -> _T:
        # anyio stops delivering a cancellation once all that is left is shielded, as the waiting
        # for a thread is: a task that the thread starts afterwards would never hear of it.
        if anyio.current_effective_deadline() == -math.inf:
            raise concurrent.futures.CancelledError
        return await work(*arguments)

    return anyio.from_thread.run(begin)
