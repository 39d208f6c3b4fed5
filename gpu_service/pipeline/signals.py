"""SIGTERM and SIGINT: the run stops where it is, and says that it can be run again."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import anyio

from gpu_service.errors import TransientError
from gpu_service.pipeline.groups import task_group

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _stopped_by(number: int) -> TransientError:
    name = signal.Signals(number).name
    return TransientError(
        f"stopped by {name}; nothing is half-written, run it again", reason="interrupted"
    )


@contextmanager
def signals_raise() -> Iterator[None]:
    """Within the block a signal raises; for what a command does before and after its work.

    :raises TransientError: ``interrupted``.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise _stopped_by(number)

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@asynccontextmanager
async def stop_on_signals(
    stopping: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    """Turn a signal into a cancellation of the block, so that every stage cleans up after itself.

    That takes seconds and is bounded; further signals change nothing meanwhile.

    :param stopping: called when a signal has come.
    :raises TransientError: ``interrupted``, when a signal came.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    came: list[int] = []

    async def watch(scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(*_SIGNALS) as signals:
            async for number in signals:
                if not came:
                    stopping()
                came.append(number)
                scope.cancel()

    try:
        async with task_group() as group:
            with anyio.CancelScope() as scope:
                group.start_soon(watch, scope)
                yield
            group.cancel_scope.cancel()
    except Exception as error:
        if came:
            raise _stopped_by(came[0]) from error
        raise
    finally:
        # The event loop leaves the default handlers behind, which end the process at once.
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise _stopped_by(came[0])
