"""Publishing so that a kill at any moment leaves nothing wrong.

The order is: note the keys that are about to exist, put the objects, commit the rows, remove the
objects that no row points at any more, renew the session's contact sheet, and only then call the
video complete. Of a video that had no result before, rows are committed as events settle, so that
readers see its timeline grow; a result that readers see already is replaced whole, in one
transaction. A run that was killed is finished by running it again, since ids and keys are the
same; and every key that may exist without a row is on record until it has been dealt with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from gpu_service.decode.base import VideoDecoder
from gpu_service.events import session_folder, session_of
from gpu_service.jobs import Video, VideoResult, VideoStatus
from gpu_service.pipeline.services import Services
from gpu_service.pipeline.session_sheet import renew_session_sheet
from gpu_service.pipeline.timeline_events import shaping_settings
from gpu_service.source.base import OpenSource
from gpu_service.trace import Trace


async def publish(
    services: Services,
    source: OpenSource,
    decoder: VideoDecoder,
    result: VideoResult,
    committed: Collection[int],
    fingerprint: str,
    trace: Trace,
) -> None:
    """Make the timeline complete, then the contact sheet; sets the status of ``result``.

    :param committed: ids of the events whose rows are there already.
    :raises SettingsError: the database or the store refuses.
    :raises TransientError: one of them does not answer.
    """
    sinks = services.sinks
    video = result.video
    if decoder.damage is not None:
        result.cover_a_part(decoder.damage)
    result.bytes_read = source.bytes_read
    with trace.span("rows", events=len(result.events) - len(committed)):
        await sinks.database.publish(
            result,
            committed=committed,
            pin_etag=source.pin.etag,
            model=services.backend.detector.name,
            fingerprint=fingerprint,
            settings=shaping_settings(services.settings),
        )
    await sweep(services, video)
    with trace.span("sheet"):
        result.timeline_key = await renew_session_sheet(
            sinks, video, services.settings.thumbnail.sheet_max_tiles
        )
    status = VideoStatus.COMPLETE if result.reason is None else VideoStatus.PARTIAL
    await sinks.database.finish(video.id, status, result.reason, result.message)
    result.status = status


async def sweep(services: Services, video: Video) -> None:
    """Remove the objects of a video that no row points at.

    Among them may be the contact sheet of a session that the video has left: others may still be
    in it, so that sheet is drawn anew, and removed only when nobody is. An earlier result has
    come along, so the session's new sheet is drawn as well.

    :raises SettingsError: the database or the store refuses.
    :raises TransientError: one of them does not answer.
    """
    sinks, max_tiles = services.sinks, services.settings.thumbnail.sheet_max_tiles
    stale = await sinks.database.stale_keys(video.id)
    if not stale:
        return
    nobodys = []
    has_moved = False
    for key in stale:
        session = session_of(key)
        has_moved |= session not in (None, video.session_folder)
        if session is None or session == session_folder(None, video.id) != video.session_folder:
            nobodys.append(key)
        elif session != video.session_folder:
            left = dataclasses.replace(video, session_id=session)
            await renew_session_sheet(sinks, left, max_tiles)
    if has_moved:
        await renew_session_sheet(sinks, video, max_tiles)
    await sinks.store.delete(nobodys)
    await sinks.database.clear_intents(stale)
