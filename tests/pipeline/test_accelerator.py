"""Windows of several videos through one model: batches, turns, failures."""

from __future__ import annotations

import threading

import anyio
import pytest
from anyio import to_thread, wait_all_tasks_blocked

from gpu_service.errors import InternalError
from gpu_service.pipeline.lane import Lane
from gpu_service.trace import Phase, StageEvent, Trace
from tests.pipeline.tickets import Model, Ticket, Waits, drain, held

pytestmark = pytest.mark.anyio


async def test_one_video_can_not_take_more_than_its_turns() -> None:
    model = Model(batch_windows=2)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with (
                accelerator.lane(account) as one,
                accelerator.lane(account) as two,
                accelerator.lane(account) as three,
            ):
                for number in range(4):
                    await one.submit([Ticket(number)])
                await wait_all_tasks_blocked()
                for lane, first in ((two, 10), (three, 20)):
                    await lane.submit([Ticket(first)])
                    await lane.submit([Ticket(first + 1)])
                model.go.set()
                async with anyio.create_task_group() as group:
                    for lane in (one, two, three):
                        lane.close()
                        group.start_soon(drain, lane)
    assert model.batches == [[0, 1], [10, 20], [2, 11], [21, 3]]


async def test_a_short_batch_waits_only_so_long() -> None:
    model = Model(batch_windows=8)
    model.go.set()
    async with held(model, batch_wait_seconds=0.01) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                await lane.submit([Ticket(7)])
                async for found in lane.results():
                    assert found.single == [7]
                    lane.close()


async def test_nothing_waits_for_windows_that_can_not_come() -> None:
    model = Model()
    model.go.set()
    async with held(model, batch_windows=8, batch_wait_seconds=3600) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as ended, accelerator.lane(account) as full:
                await ended.submit([Ticket(1)])
                ended.close()
                for number in range(2, 6):
                    await full.submit([Ticket(number)])
                results = aiter(full.results())
                for number in range(2, 6):
                    assert (await anext(results)).single == [number]
                assert await drain(ended) == [1]
    assert sum(map(len, model.batches)) == 5


async def test_a_full_batch_waits_for_nothing() -> None:
    model = Model()
    model.go.set()
    async with held(model, batch_windows=2, batch_wait_seconds=3600) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                await one.submit([Ticket(1)])
                await two.submit([Ticket(2)])
                one.close()
                two.close()
                assert await drain(one) + await drain(two) == [1, 2]
    assert model.batches == [[1, 2]]


async def test_a_failure_reaches_the_videos_of_the_batch_alone() -> None:
    model = Model(fails_on=1)
    model.go.set()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as bad, accelerator.lane(account) as good:
                await bad.submit([Ticket(1)])
                with pytest.raises(InternalError, match="RuntimeError: out of memory"):
                    await drain(bad)
                await good.submit([Ticket(2)])
                good.close()
                assert await drain(good) == [2]
                assert door.budget.used_bytes == 0
                with pytest.raises(InternalError):
                    await bad.submit([Ticket(3)])


async def test_every_video_of_a_failed_batch_has_an_error_of_its_own() -> None:
    model = Model(batch_windows=2, fails_on=1)
    model.go.set()
    raised = []
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                await one.submit([Ticket(1)])
                await two.submit([Ticket(2)])
                for lane in (one, two):
                    with pytest.raises(InternalError) as caught:
                        await drain(lane)
                    raised.append(caught.value)
    assert raised[0] is not raised[1]
    assert [type(error.__cause__) for error in raised] == [RuntimeError, RuntimeError]


async def test_a_score_too_few_is_a_failure() -> None:
    model = Model()
    model.go.set()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                await lane.submit([Ticket(1, kept=2)])
                with pytest.raises(InternalError, match="number of scores"):
                    await drain(lane)


async def test_the_model_keeps_to_one_thread() -> None:
    model = Model()
    model.go.set()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            for _ in range(5):
                async with accelerator.lane(account) as lane:
                    await lane.submit([Ticket(1)])
                    lane.close()
                    await drain(lane)
    assert len(model.threads) == 1
    assert threading.get_ident() not in model.threads


async def test_as_many_batches_are_scored_at_once_as_the_model_can() -> None:
    model = Model(parallel=2)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                for lane, first in ((one, 0), (two, 10)):
                    await lane.submit([Ticket(first), Ticket(first + 1)])
                    lane.close()
                found: dict[int, list[int]] = {}

                async def gather(number: int, lane: Lane) -> None:
                    found[number] = await drain(lane)

                await to_thread.run_sync(model.at_work.acquire)
                await to_thread.run_sync(model.at_work.acquire)
                model.go.set()
                async with anyio.create_task_group() as readers:
                    readers.start_soon(gather, 1, one)
                    readers.start_soon(gather, 2, two)
    assert found == {1: [0, 1], 2: [10, 11]}
    assert len(model.threads) == 2


async def test_a_window_wakes_every_worker_that_waits() -> None:
    model = Model(parallel=3)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                await wait_all_tasks_blocked()
                await lane.submit([Ticket(number) for number in range(3)])
                for _ in range(3):
                    await to_thread.run_sync(model.at_work.acquire)
                model.go.set()
                lane.close()
                assert await drain(lane) == [0, 1, 2]


async def test_cancelling_the_run_ends_the_model() -> None:
    model = Model()
    before = threading.active_count()
    with anyio.CancelScope() as scope:
        async with held(model) as (accelerator, door):
            with door.account() as account:
                async with accelerator.lane(account) as lane:
                    await lane.submit([Ticket(1)])
                    await wait_all_tasks_blocked()
                    scope.cancel()
                    model.go.set()
                    await drain(lane)
    assert scope.cancelled_caught
    assert threading.active_count() <= before + 1


async def test_what_windows_wait_for_each_other_is_no_work() -> None:
    model, heard = Model(batch_windows=2), list[StageEvent]()
    model.go.set()
    async with held(model, trace=Trace(heard.append)) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                await lane.submit([Ticket(1, waited_seconds=30), Ticket(2, waited_seconds=40)])
                lane.close()
                assert await drain(lane) == [1, 2]
    (complete,) = (event for event in heard if event.phase is Phase.COMPLETE)
    assert complete.seconds == 0
    assert max(event.seconds for event in heard if event.phase is Phase.STARVED) == 70


async def test_a_window_that_would_wait_lets_others_go_first() -> None:
    model, waits = Model(), Waits()
    model.go.set()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                await one.submit([Ticket(1, waits=waits), Ticket(2)])
                await two.submit([Ticket(10)])
                two.close()
                assert await drain(two) == [10]
                await wait_all_tasks_blocked()
                assert model.batches == [[10]]

                waits.is_over = True
                await to_thread.run_sync(waits.tell)

                one.close()
                assert await drain(one) == [1, 2]


async def test_a_window_may_wait_for_another_of_its_batch() -> None:
    model, waits = Model(batch_windows=2), Waits()
    model.go.set()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                await lane.submit([Ticket(1), Ticket(2, waits=waits)])
                lane.close()
                assert await drain(lane) == [1, 2]
    assert model.batches == [[1, 2]]
