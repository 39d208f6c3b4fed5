"""The one place where the model runs: windows of all videos, in fair turns, in one batch."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import anyio.from_thread

from gpu_service.detect.base import Detector, Window
from gpu_service.errors import GpuServiceError, InternalError
from gpu_service.events import Scores
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.threads import in_thread, on_loop
from gpu_service.trace import Phase, Trace

_LANE_WINDOWS = 4
"""Windows of one video that are queued or scored and not fetched yet."""

_LANE_PLACES = 16
"""The same with scores that came without the model: nothing runs far ahead of the model."""

STAGE = "detect"


@dataclass(slots=True)
class _Place:
    """One item of a lane: a window to be scored, or scores that came without the model."""

    window: Window | None
    scores: Scores | None
    counts: bool = False
    queued_at: float = 0.0


class Lane:
    """One video's way to the model and back; from :meth:`Accelerator.lane`."""

    def __init__(self, accelerator: Accelerator, account: Account) -> None:
        self._accelerator = accelerator
        self._account = account
        self._places: deque[_Place] = deque()
        self._windows = 0
        self._closed = False
        self._failure: GpuServiceError | None = None
        self._changed = anyio.Event()
        self.queue: deque[_Place] = deque()
        """Windows that wait for a batch, the first first."""

    async def submit(self, items: Sequence[Window | Scores]) -> None:
        """Hand over the next items; waits while too much of this video is under way.

        A window enters the video's account, waiting for room, and leaves it once it is scored.

        :raises GpuServiceError: the model failed on a window of this video.
        """
        for item in items:
            while self._failure is None and self._is_full(item):
                await self._changed.wait()
            if not isinstance(item, Scores):
                await self._account.enter(item.nbytes)
            if self._failure is not None:
                raise self._failure
            if isinstance(item, Scores):
                self._places.append(_Place(None, item))
                self._wake()
            else:
                self._queue(item)

    @property
    def may_bring_more(self) -> bool:
        """Whether another window may come before one of those under way is scored."""
        return not (self._closed or self._windows >= _LANE_WINDOWS)

    def _is_full(self, item: Window | Scores) -> bool:
        windows = self._windows >= _LANE_WINDOWS and not isinstance(item, Scores)
        return windows or len(self._places) >= _LANE_PLACES

    def _queue(self, window: Window) -> None:
        place = _Place(window, None, True, anyio.current_time())
        self._places.append(place)
        self._windows += 1
        self.queue.append(place)
        self._accelerator.wake()

    def close(self) -> None:
        """No more items."""
        self._closed = True
        self._wake()
        self._accelerator.wake()

    async def results(self) -> AsyncIterator[Scores]:
        """The scores, in the order in which the items were handed over.

        :raises GpuServiceError: the model failed on a window of this video.
        """
        while True:
            while self._places and (scores := self._places[0].scores) is not None:
                place = self._places.popleft()
                self._windows -= place.counts
                self._wake()
                yield scores
            if self._failure is not None:
                raise self._failure
            if self._closed and not self._places:
                return
            await self._changed.wait()

    def settle(self, place: _Place, scores: Scores) -> None:
        """The model has scored a window of this lane."""
        self.forget(place)
        place.scores = scores
        self._wake()

    def forget(self, place: _Place) -> None:
        """A window's pixels are no longer needed."""
        if place.window is not None:
            self._account.leave(place.window.nbytes)
            place.window = None

    def fail(self, error: GpuServiceError) -> None:
        """The model has failed on a window of this lane."""
        self._failure = self._failure or error
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class Accelerator:
    """Batches windows of every lane and runs the model in worker threads, one a batch at once.

    A batch takes one window of each lane in turn until it is full. A window waits for a full batch
    no longer than ``batch_wait_seconds``, and not at all where no lane may bring another one.

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
        lane = Lane(self, account)
        self._lanes.append(lane)
        try:
            yield lane
        finally:
            self._lanes.remove(lane)
            self.wake()

    def wake(self) -> None:
        """Something has changed that the next batch may depend on."""
        self._arrived.set()

    def _work(self) -> None:
        while True:
            with self._trace.waiting(STAGE, Phase.STARVED):
                batch = on_loop(self._next_batch)
            if not batch:
                return
            windows = [place.window for _, place in batch if place.window is not None]
            frames = sum(window.kept for window in windows)
            try:
                with self._trace.span(STAGE, windows=len(windows), frames=frames):
                    scores = self._score(windows)
            except Exception as error:  # noqa: BLE001 - it is raised in every lane it concerns
                anyio.from_thread.run_sync(self._fail, batch, error)
            else:
                anyio.from_thread.run_sync(self._deliver, batch, scores)

    def _score(self, windows: list[Window]) -> list[Scores]:
        scores = self.detector.score(windows)
        if [len(one) for one in scores] != [window.kept for window in windows]:
            raise InternalError("the event model gave another number of scores than frames")
        return scores

    async def _next_batch(self) -> list[tuple[Lane, _Place]]:
        """The next windows, at least one; none once the run is over."""
        while not self._stopping:
            oldest = min((lane.queue[0].queued_at for lane in self._lanes if lane.queue), default=0)
            waiting = sum(len(lane.queue) for lane in self._lanes)
            patience = oldest + self._wait_seconds - anyio.current_time()
            enough = waiting >= self._batch_windows or patience <= 0
            if waiting and (enough or not any(lane.may_bring_more for lane in self._lanes)):
                return self._take()
            if self._arrived.is_set():
                # Not otherwise: another worker may be waiting for it.
                self._arrived = anyio.Event()
            with anyio.move_on_after(patience if waiting else None):
                await self._arrived.wait()
        return []

    def _take(self) -> list[tuple[Lane, _Place]]:
        batch: list[tuple[Lane, _Place]] = []
        idle = 0
        while len(batch) < self._batch_windows and idle < len(self._lanes):
            lane = self._lanes[0]
            # Whoever had a turn goes to the end, also across batches.
            self._lanes.rotate(-1)
            if lane.queue:
                batch.append((lane, lane.queue.popleft()))
                idle = 0
            else:
                idle += 1
        return batch

    def _deliver(self, batch: list[tuple[Lane, _Place]], scores: list[Scores]) -> None:
        for (lane, place), result in zip(batch, scores, strict=True):
            lane.settle(place, result)

    def _fail(self, batch: list[tuple[Lane, _Place]], error: Exception) -> None:
        for lane, place in batch:
            lane.forget(place)
            lane.fail(_told(error))


def _told(error: Exception) -> GpuServiceError:
    """The error for one lane: an exception that is raised in several tasks mixes up their stories."""
    if isinstance(error, GpuServiceError):
        told = type(error)(error.message, reason=error.reason)
    else:
        told = InternalError(f"the event model failed: {type(error).__name__}: {error}")
    told.__cause__ = error
    return told
