"""The stages of one video, running at once: what settles is published while the rest arrives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import anyio

from gpu_service.decode.base import VideoDecoder
from gpu_service.events import Event
from gpu_service.jobs import Video
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.rows import Rows
from gpu_service.pipeline.scoring import Scoring
from gpu_service.pipeline.services import Services
from gpu_service.pipeline.thumbnails import Thumbnails
from gpu_service.pipeline.timeline_events import EventStream
from gpu_service.source.base import OpenSource
from gpu_service.trace import Trace


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of a video.

    :param events: all of them, in order.
    :param committed: ids of those whose rows are there already.
    """

    events: list[Event]
    committed: set[int]


async def stream_events(
    services: Services,
    video: Video,
    source: OpenSource,
    decoder: VideoDecoder,
    events: EventStream,
    trace: Trace,
    *,
    rows_at_once: bool,
) -> Streamed:
    """Find the video's events and store their thumbnails; returns when everything is stored.

    :param rows_at_once: commit rows as events settle.
    :raises InputError: as the decoder's ``scan``.
    :raises SettingsError: the store or the tables refuse.
    :raises TransientError: the source, the store or the database does not answer.
    """
    settled, stored = EventQueue(), EventQueue()
    needed = NeededFrames(decoder)
    scanned, all_stored = anyio.Event(), anyio.Event()
    rows = Rows(services.sinks.database, video.id, stored, trace, at_once=rows_at_once)
    with services.frames.account() as account:
        scoring = Scoring(
            source, decoder, services.accelerator, account, events, settled, needed, trace
        )
        thumbnails = Thumbnails(
            decoder,
            services.backend.encoder,
            services.sinks.store,
            note=partial(services.sinks.database.note_intents, video.id),
            video_id=video.id,
            account=account,
            slots=services.uploads,
            settled=settled,
            needed=needed,
            stored=stored,
            trace=trace,
        )
        async with task_group() as group:
            group.start_soon(_stop_if_cancelled, decoder, all_stored)
            group.start_soon(thumbnails.run, scanned)
            group.start_soon(rows.run, all_stored)
            found = await scoring.run()
            scanned.set()
    return Streamed([rows.events[event.id] for event in found], rows.committed)


async def _stop_if_cancelled(decoder: VideoDecoder, stored: anyio.Event) -> None:
    """Its threads can't be cancelled, and nothing else waits for them to look up."""
    try:
        await stored.wait()
    except anyio.get_cancelled_exc_class():
        decoder.stop()
        raise
