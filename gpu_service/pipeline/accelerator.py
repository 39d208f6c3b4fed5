"""The one place where the model runs: windows of all videos, in fair turns, in one batch."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.from_thread

from gpu_service.detect.base import Detector, Window
from gpu_service.errors import GpuServiceError, InternalError
from gpu_service.events import Scores
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.lane import Lane, Place
from gpu_service.pipeline.threads import in_thread, on_loop
from gpu_service.trace import Phase, Trace

STAGE = "detect"


class Accelerator:
    """Batches windows of every lane and runs the model in worker threads, one a batch at once.

    A batch takes one window of each lane in turn until it is full. A window waits for a full batch
    no longer than ``batch_wait_seconds``, and not at all where no lane may bring another one. It is not
    taken before it is ready.

    :param trace: of the run; the model reports there, as nobody's in particular.
    :param batch_windows: 0 takes what the detector finds best.
    """

    def __init__(
        self,
        detector: Detector,
        trace: Trace,
        *,
        batch_windows: int = 0,
        batch_wait_seconds: float = 0.05,
    ) -> None:
        self.detector = detector
        self.workers = detector.parallel
        """Threads that run the model."""
        self._trace = trace
        self._batch_windows = batch_windows or detector.batch_windows
        self._wait_seconds = batch_wait_seconds
        self._lanes: deque[Lane] = deque()
        self._arrived = anyio.Event()
        self._stopping = False
        self._under_way = 0
        self._alone = False
        """Whether one batch is being scored, and nothing else can come before it is done."""
        self._lent = False
        """Whether that batch has been told so, and has the other workers' threads."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the model within the block; its end waits for the window that is being scored."""
        async with task_group() as group:
            for _ in range(self.workers):
                group.start_soon(in_thread, self._work)
            try:
                yield
            finally:
                self._stopping = True
                self.wake()

    @asynccontextmanager
    async def lane(self, account: Account) -> AsyncIterator[Lane]:
        """A lane for one video, for the block.

        :param account: where its windows' bytes are charged.
        """
        lane = Lane(account, self.wake)
        self._lanes.append(lane)
        # Nothing is alone any more.
        self.wake()
        try:
            yield lane
        finally:
            self._lanes.remove(lane)
            self.wake()

    def wake(self) -> None:
        """Something has changed that the next batch may depend on."""
        self._arrived.set()

    def _tell(self) -> None:
        """From a thread that runs the model."""
        anyio.from_thread.run_sync(self.wake)

    def _work(self) -> None:
        lent = False
        while True:
            with self._trace.waiting(STAGE, Phase.LENT if lent else Phase.STARVED):
                batch = on_loop(self._next_batch, lent)
            if batch is None:
                lent = not lent
                continue
            lent = False
            if not batch:
                return
            self._scored(batch)
            # Not to be kept while the next one is waited for.
            del batch

    def _scored(self, batch: list[tuple[Lane, Place]]) -> None:
        windows = [place.window for _, place in batch if place.window is not None]
        frames = sum(window.kept for window in windows)

        def waited() -> float:
            return sum(window.waited_seconds for window in windows)

        try:
            with self._trace.span(STAGE, waited, windows=len(windows), frames=frames):
                scores = self._score(windows)
        except Exception as error:  # noqa: BLE001 - it is raised in every lane it concerns
            anyio.from_thread.run_sync(self._fail, batch, error)
        else:
            anyio.from_thread.run_sync(self._deliver, batch, scores)

    def _score(self, windows: list[Window]) -> list[Scores]:
        scores = self.detector.score(windows, self._is_alone)
        if [len(one) for one in scores] != [window.kept for window in windows]:
            raise InternalError("the event model gave another number of scores than frames")
        return scores

    def _is_alone(self) -> bool:
        """Asked by the detector; it takes all threads if so."""
        if self._alone and not self._lent:
            anyio.from_thread.run_sync(self._lend)
        return self._alone

    def _lend(self) -> None:
        self._lent = self._alone
        self.wake()

    async def _next_batch(self, lent: bool) -> list[tuple[Lane, Place]] | None:
        """The next windows, at least one; none once the run is over; None as soon as the worker's thread
        has been lent, or is no longer.

        :param lent: whether it is so far.
        """
        while not self._stopping:
            ready = [lane for lane in self._lanes if lane.is_ready(self._tell)]
            oldest = min((lane.queue[0].queued_at for lane in ready), default=0)
            waiting = sum(len(lane.queue) for lane in ready)
            patience = oldest + self._wait_seconds - anyio.current_time()
            enough = waiting >= self._batch_windows or patience <= 0
            if waiting and (enough or not any(lane.may_bring_more for lane in self._lanes)):
                return self._take()
            self._alone = self._under_way == 1 and all(lane.is_spent for lane in self._lanes)
            self._lent = self._lent and self._alone
            if self._lent is not lent:
                return None
            if self._arrived.is_set():
                # Not otherwise: another worker may be waiting for it.
                self._arrived = anyio.Event()
            with anyio.move_on_after(patience if waiting else None):
                await self._arrived.wait()
        return []

    def _take(self) -> list[tuple[Lane, Place]]:
        batch: list[tuple[Lane, Place]] = []
        idle = 0
        self._under_way += 1
        self._alone = self._lent = False
        while len(batch) < self._batch_windows and idle < len(self._lanes):
            lane = self._lanes[0]
            # Whoever had a turn goes to the end, also across batches.
            self._lanes.rotate(-1)
            # One window may wait for another that is before it in the batch.
            if lane.is_ready(self._tell) or (lane.queue and any(lane is own for own, _ in batch)):
                batch.append((lane, lane.queue.popleft()))
                idle = 0
            else:
                idle += 1
        return batch

    def _deliver(self, batch: list[tuple[Lane, Place]], scores: list[Scores]) -> None:
        self._done()
        for (lane, place), result in zip(batch, scores, strict=True):
            lane.settle(place, result)

    def _fail(self, batch: list[tuple[Lane, Place]], error: Exception) -> None:
        self._done()
        for lane, place in batch:
            lane.forget(place)
            lane.fail(_told(error))

    def _done(self) -> None:
        self._under_way -= 1
        # Whoever has lent its thread has it back.
        self.wake()


def _told(error: Exception) -> GpuServiceError:
    """The error for one lane: an exception that is raised in several tasks mixes up their stories."""
    if isinstance(error, GpuServiceError):
        told = type(error)(error.message, reason=error.reason)
    else:
        told = InternalError(f"the event model failed: {type(error).__name__}: {error}")
    told.__cause__ = error
    return told
