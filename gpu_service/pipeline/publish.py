"""Publishing so that a kill at any moment leaves nothing wrong.

The order is: note the keys that are about to exist, put the objects, swap the rows in one
transaction, remove the objects that no row points at any more, renew the session's contact sheet,
and only then call the video complete. Readers see the old timeline or the new one; a run that was
killed is finished by running it again, since ids and keys are the same; and every key that may
exist without a row is on record until it has been dealt with.
"""

from __future__ import annotations

from gpu_service.decode.base import VideoDecoder
from gpu_service.jobs import VideoResult, VideoStatus
from gpu_service.pipeline.services import Services, Sinks
from gpu_service.pipeline.session_sheet import renew_session_sheet
from gpu_service.pipeline.thumbnails import store_thumbnails
from gpu_service.source.base import Pin
from gpu_service.trace import Trace


async def publish(
    services: Services,
    pin: Pin,
    decoder: VideoDecoder,
    result: VideoResult,
    fingerprint: str,
    trace: Trace,
) -> None:
    """Store thumbnails, rows and the contact sheet of ``result``; sets its status.

    :raises SettingsError: the database or the store refuses.
    :raises TransientError: one of them does not answer.
    """
    sinks = services.sinks
    video = result.video
    await sinks.database.note_intents(video.id, [event.thumbnail_key for event in result.events])
    await store_thumbnails(
        decoder,
        services.encoder,
        sinks.store,
        result.events,
        video_id=video.id,
        in_flight=services.settings.thumbnail.uploads_in_flight,
        trace=trace,
    )
    with trace.span("rows", events=len(result.events)):
        await sinks.database.publish(
            result, pin_etag=pin.etag, model=services.detector.name, fingerprint=fingerprint
        )
    await sweep(sinks, video.id)
    with trace.span("sheet"):
        result.timeline_key = await renew_session_sheet(
            sinks, video, services.settings.thumbnail.sheet_max_tiles
        )
    status = VideoStatus.COMPLETE if result.reason is None else VideoStatus.PARTIAL
    await sinks.database.finish(video.id, status, result.reason, result.message)
    result.status = status


async def sweep(sinks: Sinks, video_id: int) -> int:
    """Remove the objects of a video that no row points at; returns how many keys were swept."""
    stale = await sinks.database.stale_keys(video_id)
    if stale:
        await sinks.store.delete(stale)
        await sinks.database.clear_intents(stale)
    return len(stale)
