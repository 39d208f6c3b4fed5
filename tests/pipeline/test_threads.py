"""Threads and the event loop: a cancellation frees a thread, whenever it comes."""

from __future__ import annotations

import threading

import anyio
import pytest

from gpu_service.pipeline.threads import in_thread, on_loop, threads_at_work

pytestmark = pytest.mark.anyio


async def test_work_of_the_loop_gives_its_result_and_its_error() -> None:
    async def half(number: int) -> int:
        await anyio.lowlevel.checkpoint()
        if number % 2:
            raise ValueError(f"{number} is odd")
        return number // 2

    assert await in_thread(lambda: on_loop(half, 4)) == 2
    with pytest.raises(ValueError, match="3 is odd"):
        await in_thread(lambda: on_loop(half, 3))


async def test_a_thread_that_waits_in_the_loop_is_freed() -> None:
    waiting = anyio.Event()

    async def wait() -> None:
        waiting.set()
        await anyio.sleep_forever()

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(in_thread, lambda: on_loop(wait))
            await waiting.wait()
            group.cancel_scope.cancel()
    assert threads_at_work() == 0


@pytest.mark.parametrize("way", [anyio.Semaphore(1).acquire, anyio.sleep_forever])
async def test_a_thread_that_was_cancelled_does_not_begin_to_wait(way: object) -> None:
    """Its task has been cancelled long before, and nobody would tell a new one."""
    at_work, cancelled = anyio.Event(), threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        anyio.from_thread.run_sync(at_work.set)
        cancelled.wait()
        try:
            on_loop(way)  # type: ignore[arg-type]
        except BaseException as error:
            raised.append(error)
            raise

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(in_thread, work)
            await at_work.wait()
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.wait_all_tasks_blocked()
            cancelled.set()
    assert [type(error) for error in raised] == [anyio.get_cancelled_exc_class()]
    assert threads_at_work() == 0
