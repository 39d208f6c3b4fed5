"""Several sources, one after the other; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from gpu_service.errors import GpuServiceError
from gpu_service.jobs import SourceRef, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.services import Services
from gpu_service.trace import Listener, Trace

_SEVERITY = (75, 70, 2, 65, 0)
"""The exit code of several videos: what running again can mend comes first."""


def overall_exit_code(results: Iterable[VideoResult]) -> int:
    """One exit code for all videos; 0 only when every one is complete."""
    codes = {result.exit_code for result in results}
    return next((code for code in _SEVERITY if code in codes), 0)


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
