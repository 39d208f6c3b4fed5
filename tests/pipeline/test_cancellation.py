"""A cancelled analysis leaves nothing behind: no task, no thread at work, no session, no request."""

from __future__ import annotations

import gc
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from anyio import get_running_tasks, to_thread

from gpu_service.errors import TransientError
from gpu_service.jobs import SourceRef, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.services import Services, open_services
from gpu_service.pipeline.signals import stop_on_signals
from gpu_service.pipeline.threads import threads_at_work
from gpu_service.settings import load_settings
from gpu_service.trace import Listener, Phase, StageEvent, Trace
from tests.pipeline.conftest import Place
from tests.pipeline.holds import (
    LONGEST_WAIT_SECONDS,
    Gate,
    Sql,
    is_read,
    is_sheet,
    is_thumbnail,
    nth,
    unanswered,
)
from tests.pipeline.state import state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

pytestmark = pytest.mark.anyio

KEY = "videos/session_7/video_42.mp4"


@pytest.fixture
async def services(
    place: Place,
    proxy: FaultyS3,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    listeners: list[Listener],
) -> AsyncIterator[Services]:
    place.upload(KEY, clip)
    changes = {
        "AWS_ENDPOINT_URL": proxy.url,
        "GPU_SERVICE_PART_BYTES": "65536",
        "GPU_SERVICE_PARTS_IN_FLIGHT": "1",
        "GPU_SERVICE_UPLOADS_IN_FLIGHT": "2",
    }
    for name, value in (place.environment | changes).items():
        monkeypatch.setenv(name, value)
    ref = SourceRef(place.raw, KEY)

    def pass_on(event: StageEvent) -> None:
        for heard in listeners:
            heard(event)

    trace = Trace(pass_on)
    settings = load_settings()
    async with open_services(settings, local=False, sources=[ref], trace=trace) as services:
        await anyio.wait_all_tasks_blocked()
        yield services


@pytest.fixture
def listeners() -> list[Listener]:
    """Of the run's trace; may be added to while it runs."""
    return []


async def analyzed(services: Services, place: Place) -> VideoResult:
    trace = services.trace.child("clip")
    return await analyze(services, SourceRef(place.raw, KEY), trace=trace)


async def assert_nothing_left(services: Services, proxy: FaultyS3, tasks: int) -> None:
    assert threads_at_work() == services.accelerator.workers, "the model's"
    assert services.frames.budget.used_bytes == 0
    assert services.packets.used_bytes == 0
    assert services.uploads.value == services.settings.thumbnail.uploads_in_flight
    with anyio.fail_after(LONGEST_WAIT_SECONDS):
        # The model may still be at the last window of a video that is gone.
        while len(get_running_tasks()) != tasks:  # noqa: ASYNC110 - another thread is at it
            await anyio.sleep(0.01)
    assert await to_thread.run_sync(proxy.wait_until_answering, 0)
    # What was never closed warns when it is collected, and warnings are errors.
    gc.collect()


async def assert_interrupted(place: Place) -> None:
    row = await to_thread.run_sync(place.video, 42)
    assert (row["status"], row["reason"]) == ("failed", "interrupted")


async def assert_mended(services: Services, place: Place, proxy: FaultyS3) -> None:
    proxy.script = lambda request: None
    result = await analyzed(services, place)
    assert (result.exit_code, result.message) == (0, None)
    state = await to_thread.run_sync(state_of, place)
    assert len(state.timeline) == 3
    assert len(state.objects) == 4
    assert state.intents == []


@pytest.mark.parametrize("step", ["decode", "upload", "sheet"])
async def test_cancelled_while_a_request_is_under_way(
    step: str, services: Services, place: Place, proxy: FaultyS3
) -> None:
    def is_step(request: Request) -> bool:
        match step:
            case "decode":
                return is_read(request, place)
            case "upload":
                return is_thumbnail(request)
            case _:
                return is_sheet(request)

    gate = Gate()
    proxy.script = nth(3 if step == "decode" else 0, is_step, unanswered(gate))
    tasks = len(get_running_tasks())
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(analyzed, services, place)
            await to_thread.run_sync(gate.await_arrival)
            group.cancel_scope.cancel()
    gate.open()
    await assert_nothing_left(services, proxy, tasks)
    await assert_interrupted(place)
    await assert_mended(services, place, proxy)


@pytest.mark.parametrize("stage", ["decode", "detect", "seek", "encode"])
async def test_cancelled_while_a_worker_thread_works(
    stage: str,
    services: Services,
    place: Place,
    proxy: FaultyS3,
    listeners: list[Listener],
) -> None:
    tasks = len(get_running_tasks())
    token = anyio.lowlevel.current_token()
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:

            def cancel(event: StageEvent) -> None:
                if event.stage == stage and event.phase in (Phase.STARTED, Phase.COMPLETE):
                    anyio.from_thread.run_sync(group.cancel_scope.cancel, token=token)

            listeners.append(cancel)
            group.start_soon(analyzed, services, place)
        assert group.cancel_scope.cancel_called
    await assert_nothing_left(services, proxy, tasks)
    await assert_interrupted(place)


async def test_cancelled_while_the_rows_wait_for_a_lock(
    services: Services, place: Place, proxy: FaultyS3, sql: Sql
) -> None:
    tasks = len(get_running_tasks())
    sql.hold("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(analyzed, services, place)
            await to_thread.run_sync(sql.await_blocked)
            group.cancel_scope.cancel()
    sql.release()
    await assert_nothing_left(services, proxy, tasks)
    await assert_interrupted(place)


async def test_an_upload_that_fails_frees_the_thread_that_makes_the_next(
    services: Services, place: Place, proxy: FaultyS3
) -> None:
    proxy.script = lambda request: (
        Fault(status=403, code="AccessDenied") if is_thumbnail(request) else None
    )
    tasks = len(get_running_tasks())
    result = await analyzed(services, place)
    assert (result.reason, result.exit_code) == ("access_denied", 2)
    await assert_nothing_left(services, proxy, tasks)


async def test_a_signal_cancels_the_block_and_says_so() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    async def work() -> None:
        async with stop_on_signals():
            await anyio.wait_all_tasks_blocked()
            signal.raise_signal(signal.SIGTERM)
            await anyio.sleep_forever()

    with pytest.raises(TransientError, match="stopped by SIGTERM") as caught:
        await work()
    assert caught.value.reason == "interrupted"
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
