"""The life of one video: resolve, lock, open, stream, publish; or the row that says why not."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack

import anyio

from gpu_service.decode.base import VideoDecoder
from gpu_service.errors import GpuServiceError, InputError, InternalError, SettingsError
from gpu_service.jobs import SourceRef, Video, VideoResult
from gpu_service.pipeline.groups import main_error
from gpu_service.pipeline.publish import publish, sweep
from gpu_service.pipeline.services import Services
from gpu_service.pipeline.stream import stream_events
from gpu_service.pipeline.threads import in_thread
from gpu_service.pipeline.timeline_events import EventStream, result_fingerprint
from gpu_service.source.base import OpenSource
from gpu_service.source.open import source_for
from gpu_service.trace import Trace

logger = logging.getLogger("gpu_service.pipeline")

_LAST_WORDS_SECONDS = 5.0
"""How long a failed or interrupted video may take to write down why."""


async def analyze(
    services: Services,
    source: SourceRef,
    *,
    video_id: int | None = None,
    session: str | None = None,
    trace: Trace,
) -> VideoResult:
    """Analyse one video and publish its events.

    Never raises for what is wrong with the video: that is in the result (status ``failed`` or
    ``partial``, reason, message) and in the video's row, so that a batch goes on.

    :raises TransientError: the database does not answer before the video has a row.
    """
    database = services.sinks.database
    result = VideoResult(source.video(video_id, session), services.device, backend="")
    try:
        result.video = await database.resolve_video(source, video_id, session)
    except SettingsError as error:
        result.fail(error)
        return result
    try:
        async with database.lock_video(result.video.id):
            await database.begin(result.video)
            try:
                async with database.while_locked(result.video.id):
                    await _analyze_locked(services, result, trace)
            except BaseException as error:
                await _write_down(services, result, error)
                raise
    except GpuServiceError as error:
        result.fail(error)
    except Exception as error:
        logger.exception("%s: a fault of the service", source)
        result.fail(InternalError(f"{source}: {type(error).__name__}: {error}"))
    result.stages = trace.totals
    return result


async def _write_down(services: Services, result: VideoResult, error: BaseException) -> None:
    """Put the reason into the video's row, also when the run is being cancelled."""
    source = result.video.source
    if isinstance(error, GpuServiceError):
        reason, message = error.reason, error.message
    elif isinstance(error, Exception):
        reason, message = "internal", f"{type(error).__name__}: {error}"
    else:
        reason, message = "interrupted", "the run was stopped before its end; run it again"
    with anyio.move_on_after(_LAST_WORDS_SECONDS, shield=True) as scope:
        try:
            # The rows of a first run go only where no other run could ever make them whole.
            withdraw_rows = isinstance(error, InputError)
            await services.sinks.database.fail(
                result.video.id, reason, message, withdraw=withdraw_rows
            )
        except GpuServiceError as failure:
            logger.warning("%s: the row can't say why: %s", source, failure)
    if scope.cancelled_caught:
        logger.warning("%s: the row can't say why: the database does not answer", source)
    if isinstance(error, Exception) and not getattr(error, "retryable", False):
        await _leave_no_object(services, result, reason)


async def _leave_no_object(services: Services, result: VideoResult, reason: str) -> None:
    """Nobody may ever run this again: remove what no row points at."""
    try:
        await sweep(services, result.video)
    except GpuServiceError as failure:
        # What the store refuses us for one reason it refuses once more, and has been said.
        level = logging.DEBUG if failure.reason == reason else logging.WARNING
        logger.log(
            level, "%s: objects are left to be swept: %s", result.video.source, failure.message
        )


async def _analyze_locked(services: Services, result: VideoResult, trace: Trace) -> None:
    video = result.video
    # A run that was killed may have left objects, and this one may fail before it stores any.
    await sweep(services, video)
    try:
        async with AsyncExitStack() as stack:
            source = source_for(video.source, services.settings.source, services.reader, trace)
            with trace.span("open"):
                opened = await stack.enter_async_context(source.open())
            result.object_size = opened.pin.size
            try:
                await _decode_and_publish(services, video, opened, result, trace)
            finally:
                result.bytes_read = opened.bytes_read
    except BaseExceptionGroup as group:
        raise main_error(group) from group


async def _decode_and_publish(
    services: Services, video: Video, opened: OpenSource, result: VideoResult, trace: Trace
) -> None:
    with trace.span("demux"):
        decoder = await in_thread(_open_decoder, services, opened, video, trace)
    try:
        result.backend = decoder.backend
        await services.sinks.store.check()
        fingerprint = result_fingerprint(services.settings, services.backend.detector.fingerprint)
        events = EventStream(
            services.settings,
            video_id=video.id,
            etag=opened.pin.etag,
            fingerprint=fingerprint,
            time_base=decoder.time_base,
        )
        at_once = await _rows_at_once(services, video, opened, fingerprint)
        try:
            streamed = await stream_events(
                services, video, opened, decoder, events, trace, rows_at_once=at_once
            )
        finally:
            result.frames = len(events)
        await opened.confirm()
        result.duration_seconds = float(events.times.duration)
        result.events = streamed.events
        await publish(services, opened, decoder, result, streamed.committed, fingerprint, trace)
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(decoder.close)


async def _rows_at_once(
    services: Services, video: Video, opened: OpenSource, fingerprint: str
) -> bool:
    """Whether rows may be committed as events settle: readers see no other result of this video."""
    database = services.sinks.database
    row = await database.video(video.id)
    if row is None or not row.fingerprint:
        # A run that was killed may have had other settings, and two timelines must not mix.
        await database.withdraw(video.id)
        return True
    return (row.etag, row.fingerprint) == (opened.pin.etag, fingerprint)


def _open_decoder(
    services: Services, opened: OpenSource, video: Video, trace: Trace
) -> VideoDecoder:
    return services.backend.open_video(
        opened.file, str(video.source), packets=services.packets, trace=trace
    )
