"""Each event's midpoint frame: sought, encoded and uploaded, the next while the last uploads."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import anyio
import anyio.from_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from gpu_service.decode.base import VideoDecoder
from gpu_service.encode.base import JpegEncoder
from gpu_service.events import Event
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.threads import in_thread
from gpu_service.sink.base import ObjectStore, StoredObject
from gpu_service.trace import Trace


def thumbnail_object(event: Event, video_id: int, jpeg: bytes) -> StoredObject:
    """The JPEG as the contract stores it."""
    metadata = {
        "video_id": str(video_id),
        "event_id": str(event.id),
        "timestamp": repr(float(event.thumbnail_timestamp)),
    }
    return StoredObject(event.thumbnail_key, jpeg, "image/jpeg", metadata)


async def store_thumbnails(
    decoder: VideoDecoder,
    encoder: JpegEncoder,
    store: ObjectStore,
    events: Sequence[Event],
    *,
    video_id: int,
    in_flight: int,
    trace: Trace,
) -> list[Event]:
    """Put every event's thumbnail; at most ``in_flight`` JPEGs wait for or are in a put.

    :returns: the events as they can be published: without a thumbnail where its frame did not come.
    :raises SettingsError: the store refuses.
    :raises TransientError: the store does not answer.
    """
    send, receive = anyio.create_memory_object_stream[StoredObject](0)
    made: set[int] = set()
    async with task_group() as group:
        group.start_soon(_make, decoder, encoder, events, video_id, send, made, trace)
        async with receive:
            for _ in range(min(in_flight, len(events))):
                group.start_soon(_upload, receive.clone(), store, trace, len(events))
    return [dataclasses.replace(event, has_thumbnail=event.id in made) for event in events]


async def _make(
    decoder: VideoDecoder,
    encoder: JpegEncoder,
    events: Sequence[Event],
    video_id: int,
    send: MemoryObjectSendStream[StoredObject],
    made: set[int],
    trace: Trace,
) -> None:
    by_pts = {event.thumbnail_pts: event for event in events}

    def work() -> None:
        pictures = decoder.pictures(sorted(by_pts))
        while True:
            with trace.span("seek"):
                picture = next(pictures, None)
            if picture is None:
                return
            with trace.span("encode"):
                jpeg = encoder.encode(picture)
            event = by_pts[picture.pts]
            anyio.from_thread.run(send.send, thumbnail_object(event, video_id, jpeg))
            made.add(event.id)

    async with send:
        await in_thread(work)


async def _upload(
    receive: MemoryObjectReceiveStream[StoredObject],
    store: ObjectStore,
    trace: Trace,
    total: int,
) -> None:
    async with receive:
        async for item in receive:
            with trace.span("upload", key=item.key, bytes=len(item.body)):
                await store.put(item)
            done = trace.totals["upload"]["count"]
            trace.progress("upload", done=done, total=total, unit="thumbnails")
