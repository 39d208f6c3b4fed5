"""One pass over a video: frames decoded, cut into windows, scored, and made into events."""

from __future__ import annotations

import time

import anyio.from_thread

from gpu_service.decode.base import VideoDecoder
from gpu_service.detect.base import Window
from gpu_service.events import Event, Scores
from gpu_service.frames import AnyDetectorFrames
from gpu_service.pipeline.accelerator import Accelerator
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.lane import Lane
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.threads import in_thread, on_loop
from gpu_service.pipeline.timeline_events import EventStream
from gpu_service.source.base import OpenSource
from gpu_service.trace import Phase, Trace

_CHUNK_FRAMES = 16
"""Few, since a frame that has arrived waits for the rest of its chunk."""


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
        async with self._accelerator.lane(self._account) as lane, task_group() as group:
            group.start_soon(in_thread, self._work, lane)
            events = await self._settle(lane)
        events += self._put(self._events.finish(self._decoder.times().end_pts))
        self._found.close()
        return events

    def _work(self, lane: Lane) -> None:
        """Decode and cut, in a worker thread of its own."""
        cutter = self._accelerator.detector.start()
        chunks = self._decoder.scan(_CHUNK_FRAMES)
        while True:
            start, waited = time.perf_counter(), self._source.waited_seconds
            chunk = next(chunks, None)
            items = cutter.finish() if chunk is None else cutter.feed(chunk)
            self._trace.worked(
                "decode",
                time.perf_counter() - start,
                self._source.waited_seconds - waited,
                frames=0 if chunk is None else len(chunk),
            )
            with self._trace.waiting("decode", Phase.BLOCKED):
                on_loop(self._submit, lane, chunk, items)
            if chunk is None:
                anyio.from_thread.run_sync(lane.close)
                return

    async def _submit(
        self, lane: Lane, chunk: AnyDetectorFrames | None, items: list[Window | Scores]
    ) -> None:
        if chunk is not None:
            self._events.append(chunk.pts)
        await lane.submit(items)

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
