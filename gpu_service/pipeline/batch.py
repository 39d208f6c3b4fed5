"""Several sources, one after the other; a bad one does not stop the rest."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager

import anyio

from gpu_service.errors import GpuServiceError, TransientError
from gpu_service.jobs import SourceRef, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Services
from gpu_service.trace import Listener, Trace

_SEVERITY = (75, 70, 2, 65, 0)
"""The exit code of several videos: what running again can mend comes first."""


def overall_exit_code(results: Iterable[VideoResult]) -> int:
    """One exit code for all videos; 0 only when every one is complete."""
    codes = {result.exit_code for result in results}
    return next((code for code in _SEVERITY if code in codes), 0)


@asynccontextmanager
async def stop_on_signals() -> AsyncIterator[None]:
    """Turn SIGTERM and SIGINT into a cancellation, so that every stage cleans up after itself.

    :raises TransientError: when a signal came; the same run can be started again.
    """
    came: list[signal.Signals] = []

    async def watch(scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for number in signals:
                came.append(signal.Signals(number))
                scope.cancel()

    async with task_group() as group:
        with anyio.CancelScope() as scope:
            group.start_soon(watch, scope)
            yield
        group.cancel_scope.cancel()
    if came:
        raise TransientError(
            f"stopped by {came[0].name}; nothing is half-written, run it again",
            reason="interrupted",
        )


async def analyze_all(
    services: Services,
    sources: Sequence[SourceRef],
    *,
    video_id: int | None,
    session: str | None,
    listen: Callable[[SourceRef], AbstractContextManager[Listener]],
    done: Callable[[VideoResult], None],
) -> list[VideoResult]:
    """Analyse every source; ``done`` hears of each result as it comes.

    :raises GpuServiceError: what is wrong with the service's set-up rather than with one video.
    """
    results = []
    for source in sources:
        with listen(source) as listener:
            try:
                result = await analyze(
                    services, source, video_id=video_id, session=session, trace=Trace(listener)
                )
            except GpuServiceError as error:
                if len(sources) == 1:
                    raise
                raise type(error)(f"{source}: {error.message}", reason=error.reason) from error
        results.append(result)
        done(result)
    return results
