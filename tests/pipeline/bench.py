"""A service that a module's tests share: analyses are cancelled on it, and what is left is checked."""

from __future__ import annotations

import dataclasses
import gc
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import anyio
from anyio import CancelScope, get_running_tasks, to_thread

from gpu_service.jobs import SourceRef, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.services import Services, open_services
from gpu_service.pipeline.threads import threads_at_work
from gpu_service.pipeline.verify import verify_sinks
from gpu_service.settings import load_settings
from gpu_service.trace import Listener, Phase, StageEvent, Trace
from tests.pipeline.conftest import Place
from tests.pipeline.holds import LONGEST_WAIT_SECONDS
from tests.pipeline.state import State, left_in, state_of
from tests.support.faulty_s3 import FaultyS3

KEY = "videos/session_7/video_42.mp4"
BESIDE = "videos/session_7/video_43.mp4"

SMALL = {
    "GPU_SERVICE_PART_BYTES": "65536",
    "GPU_SERVICE_PARTS_IN_FLIGHT": "1",
    "GPU_SERVICE_UPLOADS_IN_FLIGHT": "2",
}

_KEPT_THREADS = ("AnyIO worker", "asyncio_")
"""Idle ones that the event loop keeps for the next work."""

_whole: dict[tuple[str, ...], State] = {}


@dataclass
class Bench:
    """Open services on a place of their own, behind a proxy; every video is the same clip."""

    place: Place
    proxy: FaultyS3
    services: Services
    listeners: list[Listener] = field(default_factory=list)
    """Of the run's trace; may be added to while it runs."""
    _tasks: int = 0
    _threads: frozenset[threading.Thread] = frozenset()

    def reset(self) -> None:
        """An empty place, and nothing that goes wrong."""
        self.place.rows(
            "WITH events AS (DELETE FROM event), intents AS (DELETE FROM object_intent) "
            "DELETE FROM video"
        )
        for key in sorted(self.place.keys()):
            self.place.s3.delete_object(Bucket=self.place.thumbnails, Key=key)
        self.proxy.script = lambda request: None
        self.proxy.requests.clear()
        self.listeners.clear()

    async def analyze(self, key: str = KEY) -> VideoResult:
        return await self._analyze(self.services, key)

    async def analyze_otherwise(self) -> State:
        """Let :data:`KEY` have another result, of one event."""
        settings = self.services.settings
        detect = settings.detect.model_copy(update={"min_event_seconds": 5.0})
        settings = settings.model_copy(update={"detect": detect})
        await self._analyze(dataclasses.replace(self.services, settings=settings), KEY)
        state = await self.state()
        assert len(state.timeline) == 1
        return state

    async def _analyze(self, services: Services, key: str) -> VideoResult:
        trace = services.trace.child(key)
        return await analyze(services, SourceRef(self.place.raw, key), trace=trace)

    @asynccontextmanager
    async def at_work(self, *keys: str) -> AsyncIterator[CancelScope]:
        """These videos are being analysed; the block cancels them once they are where it wants."""
        self._tasks = len(get_running_tasks())
        self._threads = frozenset(threading.enumerate())
        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                for key in keys or (KEY,):
                    group.start_soon(self.analyze, key)
                yield group.cancel_scope
            assert group.cancel_scope.cancel_called, "it ended before it was cancelled"

    def cancel_at(self, stage: str, phase: Phase, scope: CancelScope) -> None:
        """Cancel right where this is reported, whichever thread reports it."""
        token, loop_thread = anyio.lowlevel.current_token(), threading.get_ident()

        def cancel(event: StageEvent) -> None:
            if (event.stage, event.phase) != (stage, phase):
                return
            if threading.get_ident() == loop_thread:
                scope.cancel()
            else:
                anyio.from_thread.run_sync(scope.cancel, token=token)

        self.listeners.append(cancel)

    async def state(self) -> State:
        return await to_thread.run_sync(state_of, self.place)

    async def whole(self, *keys: str) -> State:
        """What is left of these videos when nothing goes wrong."""
        if keys not in _whole:
            await to_thread.run_sync(self.reset)
            for key in keys:
                assert (await self.analyze(key)).exit_code == 0
            _whole[keys] = await self.state()
            await to_thread.run_sync(self.reset)
        return _whole[keys]

    async def assert_nothing_left(self) -> None:
        """No thread at work, task, byte, slot, request or session of what was cancelled."""
        services = self.services
        assert threads_at_work() == services.accelerator.workers, "the model's"
        assert services.frames.budget.used_bytes == 0
        assert services.packets.used_bytes == 0
        assert services.uploads.value == services.settings.thumbnail.uploads_in_flight
        with anyio.fail_after(LONGEST_WAIT_SECONDS):
            # The model may still be at the last window of a video that is gone.
            while len(get_running_tasks()) != self._tasks:  # noqa: ASYNC110 - a thread is at it
                await anyio.sleep(0.01)
        assert await to_thread.run_sync(self.proxy.wait_until_answering, 0)
        assert {name for name in self._new_threads() if not name.startswith(_KEPT_THREADS)} == set()
        # What was never closed warns when it is collected, and warnings are errors.
        gc.collect()

    def _new_threads(self) -> Iterator[str]:
        for thread in set(threading.enumerate()) - self._threads:
            if "process_request_thread" not in thread.name:
                yield thread.name

    async def assert_consistent(self) -> State:
        """Every row has its object, every object a row or an intent; no lock, no transaction."""
        locks = "SELECT FROM pg_locks WHERE locktype = 'advisory'"
        assert await to_thread.run_sync(self.place.rows, locks) == []
        at_work = (
            "SELECT FROM pg_stat_activity WHERE application_name = 'gpu-service' "
            "AND state <> 'idle'"
        )
        with anyio.fail_after(LONGEST_WAIT_SECONDS):
            # The server notices a little later that a session has gone.
            while await to_thread.run_sync(self.place.rows, at_work):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        state = await to_thread.run_sync(left_in, self.place)
        assert len(state.timeline) == len(state.events)
        return state

    async def assert_mended(self, *keys: str) -> None:
        """The same command again ends in the state of a run that nothing has disturbed."""
        self.proxy.script = lambda request: None
        self.listeners.clear()
        for key in keys or (KEY,):
            result = await self.analyze(key)
            assert (result.exit_code, result.message) == (0, None)
        state = await self.state()
        assert (await verify_sinks(self.services.sinks, None)).problems == []
        assert state == await self.whole(*(keys or (KEY,)))

    async def assert_stopped(self, *keys: str) -> State:
        """All of the above; the rows say that the run was stopped.

        :returns: what was left before it ran again.
        """
        await self.assert_nothing_left()
        left = await self.assert_consistent()
        said = {(row["status"], row["reason"]) for row in left.videos}
        assert said <= {("failed", "interrupted")}
        await self.assert_mended(*keys)
        return left


@contextmanager
def environment(place: Place, **changes: str) -> Iterator[None]:
    """The process's environment is the place's, for the block."""
    with patch.dict(os.environ, place.environment | changes, clear=True):
        yield


@asynccontextmanager
async def open_bench(place: Place, proxy: FaultyS3) -> AsyncIterator[Bench]:
    """Services for the block, with small reads and two uploads at a time."""
    listeners: list[Listener] = []

    def pass_on(event: StageEvent) -> None:
        for heard in listeners:
            heard(event)

    async with AsyncExitStack() as stack:
        with environment(place, AWS_ENDPOINT_URL=proxy.url, **SMALL):
            opening = open_services(
                load_settings(),
                local=False,
                sources=[SourceRef(place.raw, KEY)],
                trace=Trace(pass_on),
            )
            services = await stack.enter_async_context(opening)
        await anyio.wait_all_tasks_blocked()
        yield Bench(place, proxy, services, listeners)
