"""Blocking work in a worker thread that is never abandoned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio.lowlevel
import anyio.to_thread

_T = TypeVar("_T")
_Arguments = TypeVarTuple("_Arguments")


async def in_thread(work: Callable[[*_Arguments], _T], *arguments: *_Arguments) -> _T:
    """Run ``work`` in a worker thread and wait for its end, also when cancelled.

    A cancelled thread is freed by what it waits for: a send or a read that fails there. That
    failure is an ordinary exception, which must not pass for the reason: the caller sees the
    cancellation.

    :raises Exception: whatever ``work`` raises, unless the caller has been cancelled meanwhile.
    """
    try:
        return await anyio.to_thread.run_sync(work, *arguments)
    except Exception:
        await anyio.lowlevel.checkpoint_if_cancelled()
        raise
