"""One video's way to the model and back, in order and with a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import anyio

from gpu_service.detect.base import Window
from gpu_service.errors import GpuServiceError
from gpu_service.events import Scores
from gpu_service.pipeline.admission import Account

_LANE_WINDOWS = 4
"""Windows of one video that are queued or scored and not fetched yet."""

_LANE_BYTES = 4_000_000
"""The same in pixels: some 1,000 frames, so that packets need not be kept for many more. A detector
may join windows."""

_LANE_PLACES = 16
"""The same with scores that came without the model: nothing runs far ahead of the model."""


@dataclass(slots=True)
class Place:
    """One item of a lane: a window to be scored, or scores that came without the model."""

    window: Window | None
    scores: Scores | None
    pixels_bytes: int = 0
    queued_at: float = 0.0


class Lane:
    """One video's way to the model and back.

    :param account: where its windows' bytes are charged.
    :param tell: called when there is a window to take, and when there will be no more.
    """

    def __init__(self, account: Account, tell: Callable[[], None]) -> None:
        self._account = account
        self._tell = tell
        self._places: deque[Place] = deque()
        self._windows = self._bytes = 0
        self._closed = False
        self._failure: GpuServiceError | None = None
        self._changed = anyio.Event()
        self.queue: deque[Place] = deque()
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
                self._places.append(Place(None, item))
                self._wake()
            else:
                self._queue(item)

    def is_ready(self, tell: Callable[[], None]) -> bool:
        """Whether the next window can be begun.

        :param tell: see :meth:`gpu_service.detect.base.Window.when_ready`.
        """
        window = self.queue[0].window if self.queue else None
        return window is not None and window.when_ready(tell)

    @property
    def may_bring_more(self) -> bool:
        """Whether another window may come before one of those under way is scored."""
        return not (self._closed or self._holds_enough)

    @property
    def is_spent(self) -> bool:
        """Whether all windows there will be have been taken."""
        return self._closed and not self.queue

    def _is_full(self, item: Window | Scores) -> bool:
        windows = self._holds_enough and not isinstance(item, Scores)
        return windows or len(self._places) >= _LANE_PLACES

    @property
    def _holds_enough(self) -> bool:
        return self._windows >= _LANE_WINDOWS or self._bytes >= _LANE_BYTES

    def _queue(self, window: Window) -> None:
        place = Place(window, None, window.nbytes, anyio.current_time())
        self._places.append(place)
        self._windows += 1
        self._bytes += place.pixels_bytes
        self.queue.append(place)
        self._tell()

    def close(self) -> None:
        """No more items."""
        self._closed = True
        self._wake()
        self._tell()

    async def results(self) -> AsyncIterator[Scores]:
        """The scores, in the order in which the items were handed over.

        :raises GpuServiceError: the model failed on a window of this video.
        """
        while True:
            while self._places and (scores := self._places[0].scores) is not None:
                place = self._places.popleft()
                self._windows -= place.pixels_bytes > 0
                self._bytes -= place.pixels_bytes
                self._wake()
                yield scores
            if self._failure is not None:
                raise self._failure
            if self._closed and not self._places:
                return
            await self._changed.wait()

    def settle(self, place: Place, scores: Scores) -> None:
        """The model has scored a window of this lane."""
        self.forget(place)
        place.scores = scores
        self._wake()

    def forget(self, place: Place) -> None:
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
