"""Blocks for a worker thread, filled ahead of it by fetches of the event loop.

Both sides share one lock, held for moments only. The worker asks the plan what to fetch whenever
it enters another block, and goes to the event loop only to start a fetch; most reads are copies
out of the block at hand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio import from_thread
from anyio.abc import TaskGroup

from gpu_service.errors import GpuServiceError, InternalError, TransientError
from gpu_service.source.plan import ReadPlan
from gpu_service.trace import Phase, Trace

STAGE = "source"

Fetch = Callable[[int, int, Callable[[bytes], None]], Awaitable[None]]
"""Hands the bytes ``[start, end)`` over in order, or raises a ``GpuServiceError``."""


class ReadAhead:
    """The blocks of one object; made by :func:`reading_ahead`."""

    def __init__(
        self, fetch: Fetch, plan: ReadPlan, address: str, tasks: TaskGroup, trace: Trace
    ) -> None:
        self.size = plan.size
        self.block_bytes = plan.block_bytes
        self.failure: Exception | None = None
        self.waited_seconds = 0.0
        """How long the worker has waited for blocks."""
        self._fetch = fetch
        self._plan = plan
        self._address = address
        self._tasks = tasks
        self._trace = trace
        self._in_flight = 0
        self._is_full = False
        """There is more to read ahead, and no room for it."""
        self._full_since: float | None = None
        """Since when nothing is fetched for that reason."""
        self._blocks: dict[int, bytearray] = {}
        self._changed = threading.Condition()
        self._error: GpuServiceError | None = None
        self._stopped = False
        self._loop_thread = threading.get_ident()

    def block(self, index: int) -> bytearray:
        """The bytes of a block; waits for them. For the worker thread.

        :raises GpuServiceError: what the fetch met; ``interrupted`` once the source is closed.
        """
        if threading.get_ident() == self._loop_thread:
            raise InternalError(f"{self._address}: read in the event loop's own thread")
        with self._changed:
            self._plan.move(index)
            fetches = self._next_fetches()
        if fetches:
            from_thread.run_sync(self._start, fetches)
        with self._changed:
            if index not in self._blocks:
                start = time.perf_counter()
                self._changed.wait_for(
                    lambda: index in self._blocks or self._stopped or self._error is not None
                )
                self.waited_seconds += time.perf_counter() - start
            if index in self._blocks:
                return self._blocks[index]
            error = self._error or TransientError(
                f"{self._address}: reading was stopped", reason="interrupted"
            )
            self.failure = self.failure or error
            raise error

    @property
    def blocks(self) -> list[bytearray]:
        """What is held at the moment."""
        with self._changed:
            return list(self._blocks.values())

    def stop(self) -> None:
        """Free the blocks, and the worker that waits for one; in the event loop's thread."""
        self._full_no_longer()
        with self._changed:
            self._stopped = True
            self._blocks.clear()
            self._changed.notify_all()

    def _next_fetches(self) -> list[range]:
        if self._stopped or self._error is not None:
            return []
        step = self._plan.step()
        for index in step.drop:
            del self._blocks[index]
        self._is_full = step.is_full
        return step.fetch

    def _start(self, fetches: list[range]) -> None:
        if self._stopped or not fetches:
            return
        self._full_no_longer()
        self._in_flight += len(fetches)
        for blocks in fetches:
            self._tasks.start_soon(self._read, blocks)

    async def _read(self, blocks: range) -> None:
        start, end = self._plan.span(blocks)
        index, filled = blocks.start, 0
        buffer = self._new_buffer(index)

        def deliver(chunk: bytes) -> None:
            nonlocal index, filled, buffer
            view = memoryview(chunk)
            while view:
                taken = min(len(view), len(buffer) - filled)
                buffer[filled : filled + taken] = view[:taken]
                view = view[taken:]
                filled += taken
                if filled == len(buffer):
                    self._land(index, buffer)
                    index, filled = index + 1, 0
                    buffer = self._new_buffer(index) if index < blocks.stop else bytearray()

        try:
            with self._trace.span(STAGE, bytes=end - start):
                await self._fetch(start, end, deliver)
        except GpuServiceError as error:
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()
        self._in_flight -= 1
        if self._in_flight == 0 and self._is_full:
            self._full_since = time.perf_counter()

    def _full_no_longer(self) -> None:
        if self._full_since is not None:
            self._trace.waited(STAGE, Phase.BLOCKED, time.perf_counter() - self._full_since)
            self._full_since = None

    def _new_buffer(self, index: int) -> bytearray:
        start, end = self._plan.span(range(index, index + 1))
        return bytearray(end - start)

    def _land(self, index: int, buffer: bytearray) -> None:
        with self._changed:
            if self._stopped:
                return
            self._blocks[index] = buffer
            self._plan.landed(index)
            fetches = self._next_fetches()
            self._changed.notify_all()
        self._start(fetches)


@asynccontextmanager
async def reading_ahead(
    fetch: Fetch, plan: ReadPlan, address: str, trace: Trace
) -> AsyncIterator[ReadAhead]:
    """Read ahead until the block is left; then, and on cancellation, every fetch is cancelled.

    :param address: of the object, for messages.
    :param trace: hears of each range, and of the time in which there was no room for the next one.
    """
    failed: Exception | None = None
    async with anyio.create_task_group() as tasks:
        reader = ReadAhead(fetch, plan, address, tasks, trace)
        tasks.start_soon(_stop_at_the_end, reader)
        try:
            yield reader
        except Exception as error:  # noqa: BLE001
            # Raised again below: a task group would wrap it.
            failed = error
        finally:
            tasks.cancel_scope.cancel()
    if failed is not None:
        raise failed


async def _stop_at_the_end(reader: ReadAhead) -> None:
    """A worker thread can't be cancelled, and the block is not left before it ends: free it."""
    try:
        await anyio.sleep_forever()
    finally:
        reader.stop()
