"""Each event's midpoint frame: cut from the packets at hand, encoded, uploaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup

from gpu_service.decode.base import NoPicture, VideoDecoder
from gpu_service.encode.base import JpegEncoder
from gpu_service.events import Event
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.threads import in_thread, on_loop
from gpu_service.sink.base import ObjectStore, StoredObject
from gpu_service.trace import Phase, Trace


def thumbnail_object(event: Event, video_id: int, jpeg: bytes) -> StoredObject:
    """The JPEG as the contract stores it."""
    metadata = {
        "video_id": str(video_id),
        "event_id": str(event.id),
        "timestamp": repr(float(event.thumbnail_timestamp)),
    }
    return StoredObject(event.thumbnail_key, jpeg, "image/jpeg", metadata)


class Thumbnails:
    """Makes and stores the thumbnails of one video.

    A key is on record before its object is stored. An event goes on to ``stored``
    once its JPEG is there, or once it is sure that there will be none.

    :param note: puts keys on record.
    :param account: of the frames' budget.
    :param slots: puts in flight, of all videos.
    :param settled: the events.
    :param needed: hears of each one whose picture is made.
    :param stored: where they go; closed at the end.
    """

    def __init__(
        self,
        decoder: VideoDecoder,
        encoder: JpegEncoder,
        store: ObjectStore,
        *,
        note: Callable[[Sequence[str]], Awaitable[None]],
        video_id: int,
        account: Account,
        slots: anyio.Semaphore,
        settled: EventQueue,
        needed: NeededFrames,
        stored: EventQueue,
        trace: Trace,
    ) -> None:
        self._decoder = decoder
        self._encoder = encoder
        self._store = store
        self._note = note
        self._video_id = video_id
        self._account = account
        self._slots = slots
        self._settled = settled
        self._needed = needed
        self._stored = stored
        self._trace = trace
        self._total = 0
        self._done = 0

    async def run(self, scanned: anyio.Event) -> None:
        """Store every thumbnail.

        :param scanned: set once the scan is over, and frames can be read again by range.
        :raises SettingsError: the store refuses.
        :raises TransientError: the store or the database does not answer.
        """
        async with task_group() as group:
            await in_thread(self._work, group, scanned)
        self._stored.close()

    def _work(self, group: TaskGroup, scanned: anyio.Event) -> None:
        later: list[Event] = []
        while True:
            with self._trace.waiting("seek", Phase.STARVED):
                events = on_loop(self._next)
            if not events:
                break
            for event in events:
                if not self._make(event, group):
                    later.append(event)
                anyio.from_thread.run_sync(self._needed.made, event)
        if later:
            on_loop(scanned.wait)
        for event in later:
            self._make(event, group)

    async def _next(self) -> list[Event]:
        events = await self._settled.take()
        if events:
            self._total += len(events)
            await self._note([event.thumbnail_key for event in events])
        return events

    def _make(self, event: Event, group: TaskGroup) -> bool:
        """Cut, encode and hand over; False if that has to wait for the end of the scan."""
        with self._trace.span("seek"):
            picture = self._decoder.picture(event.thumbnail_pts)
        if picture is NoPicture.LATER:
            return False
        if picture is NoPicture.LOST:
            anyio.from_thread.run_sync(self._pass_on_without, event)
            return True
        size = picture.rgb.nbytes
        anyio.from_thread.run_sync(self._account.charge, size)
        with self._trace.span("encode"):
            jpeg = self._encoder.encode(picture)
        item = thumbnail_object(event, self._video_id, jpeg)
        del picture
        with self._trace.waiting("encode", Phase.BLOCKED):
            on_loop(self._hand_over, event, item, size, group)
        return True

    def _pass_on_without(self, event: Event) -> None:
        self._total -= 1
        self._stored.put([dataclasses.replace(event, has_thumbnail=False)])

    async def _hand_over(
        self, event: Event, item: StoredObject, picture_bytes: int, group: TaskGroup
    ) -> None:
        self._account.charge(len(item.body))
        self._account.leave(picture_bytes)
        await self._slots.acquire()
        group.start_soon(self._upload, event, item)

    async def _upload(self, event: Event, item: StoredObject) -> None:
        try:
            with self._trace.span("upload", key=item.key, bytes=len(item.body)):
                await self._store.put(item)
        finally:
            self._slots.release()
        self._account.leave(len(item.body))
        self._done += 1
        self._trace.progress("upload", done=self._done, total=self._total, unit="thumbnails")
        self._stored.put([event])
