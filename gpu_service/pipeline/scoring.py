"""One pass over a video: frames decoded, cut into windows, scored, and made into events."""

from __future__ import annotations

import time

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from gpu_service.decode.base import VideoDecoder
from gpu_service.detect.base import Cutter
from gpu_service.events import Event
from gpu_service.frames import DetectorFrames
from gpu_service.pipeline.accelerator import Accelerator, Lane
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.threads import in_thread, on_loop
from gpu_service.pipeline.timeline_events import EventStream
from gpu_service.source.base import OpenSource
from gpu_service.trace import Phase, Trace

_CHUNK_FRAMES = 16
_CHUNKS_AHEAD = 16
"""Chunks of 62 KB that wait to be cut into windows, beside the frames' budget."""


class Scoring:
    """The way of one video's frames to its events.

    :param account: of the frames' budget.
    :param found: where events go as they are settled; closed at the end.
    :param needed: hears of them too.
    """

    def __init__(
        self,
        source: OpenSource,
        decoder: VideoDecoder,
        accelerator: Accelerator,
        account: Account,
        events: EventStream,
        found: EventQueue,
        needed: NeededFrames,
        trace: Trace,
    ) -> None:
        self._source = source
        self._decoder = decoder
        self._accelerator = accelerator
        self._account = account
        self._events = events
        self._found = found
        self._needed = needed
        self._trace = trace

    async def run(self) -> list[Event]:
        """Score the whole video; returns all of its events.

        :raises InputError: as the decoder's ``scan``.
        """
        send, receive = anyio.create_memory_object_stream[DetectorFrames](_CHUNKS_AHEAD)
        cutter = self._accelerator.detector.start()
        async with self._accelerator.lane(self._account) as lane, task_group() as group:
            group.start_soon(self._decode, send)
            group.start_soon(self._cut, receive, cutter, lane)
            events = await self._settle(lane)
        events += self._put(self._events.finish(self._decoder.times().end_pts))
        self._found.close()
        return events

    async def _decode(self, send: MemoryObjectSendStream[DetectorFrames]) -> None:
        def work() -> None:
            chunks = self._decoder.scan(_CHUNK_FRAMES)
            while True:
                start, waited = time.perf_counter(), self._source.waited_seconds
                chunk = next(chunks, None)
                self._trace.worked(
                    "decode",
                    time.perf_counter() - start,
                    self._source.waited_seconds - waited,
                    frames=0 if chunk is None else len(chunk),
                )
                if chunk is None:
                    return
                with self._trace.waiting("decode", Phase.BLOCKED):
                    on_loop(self._pass_on, send, chunk)

        async with send:
            await in_thread(work)

    async def _pass_on(
        self, send: MemoryObjectSendStream[DetectorFrames], chunk: DetectorFrames
    ) -> None:
        await self._account.enter(chunk.rgb.nbytes)
        await send.send(chunk)

    async def _cut(
        self,
        receive: MemoryObjectReceiveStream[DetectorFrames],
        cutter: Cutter,
        lane: Lane,
    ) -> None:
        async with receive:
            async for chunk in receive:
                self._events.append(chunk.pts)
                items = cutter.feed(chunk)
                self._account.leave(chunk.rgb.nbytes)
                await lane.submit(items)
        await lane.submit(cutter.finish())
        lane.close()

    async def _settle(self, lane: Lane) -> list[Event]:
        total = self._decoder.declared_frames
        events: list[Event] = []
        async for scores in lane.results():
            events += self._put(self._events.feed(scores))
            self._trace.progress("detect", done=len(self._events), total=total, unit="frames")
        return events

    def _put(self, events: list[Event]) -> list[Event]:
        self._needed.settle(events, self._events.earliest_midpoint_pts)
        self._found.put(events)
        return events
