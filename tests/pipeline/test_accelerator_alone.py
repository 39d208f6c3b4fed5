"""The last batch is told so, takes the other workers' threads, and gives them back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from anyio import to_thread, wait_all_tasks_blocked

from gpu_service.pipeline.accelerator import Accelerator
from gpu_service.pipeline.admission import Account
from gpu_service.pipeline.lane import Lane
from gpu_service.trace import Phase, StageEvent, Trace
from tests.pipeline.tickets import Model, Ticket, drain, held

pytestmark = pytest.mark.anyio


async def test_the_last_batch_knows_that_nothing_else_can_come() -> None:
    model = Model(parallel=2, patience_seconds=20)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                await one.submit([Ticket(1)])
                one.close()
                await to_thread.run_sync(model.at_work.acquire)
                await wait_all_tasks_blocked()
                two.close()
                model.go.set()
                assert await drain(one) == [1]
    assert model.asked == [True]


@asynccontextmanager
async def last_batch_at_work(
    model: Model, accelerator: Accelerator, account: Account
) -> AsyncIterator[Lane]:
    """A video whose only window is being scored, and has been told that nothing else can come."""
    model.may_end.clear()
    async with accelerator.lane(account) as lane:
        await lane.submit([Ticket(1)])
        lane.close()
        await to_thread.run_sync(model.at_work.acquire)
        await wait_all_tasks_blocked()
        model.go.set()
        await to_thread.run_sync(model.has_asked.acquire)
        yield lane


def lent(heard: list[StageEvent]) -> list[str]:
    return [event.stage for event in heard if event.phase is Phase.LENT]


async def test_a_worker_whose_thread_the_last_batch_has_taken_is_busy() -> None:
    model, heard = Model(parallel=2, patience_seconds=20), list[StageEvent]()
    async with held(model, trace=Trace(heard.append)) as (accelerator, door):
        with door.account() as account:
            async with last_batch_at_work(model, accelerator, account) as lane:
                await wait_all_tasks_blocked()
                assert not lent(heard)
                model.may_end.set()
                assert await drain(lane) == [1]
                await wait_all_tasks_blocked()
    assert lent(heard) == ["detect"]


async def test_a_lent_thread_is_there_at_once_for_another_video() -> None:
    model, heard = Model(parallel=2, patience_seconds=20), list[StageEvent]()
    async with held(model, trace=Trace(heard.append)) as (accelerator, door):
        with door.account() as account:
            async with (
                last_batch_at_work(model, accelerator, account) as one,
                accelerator.lane(account) as two,
            ):
                await two.submit([Ticket(2)])
                two.close()
                await to_thread.run_sync(model.at_work.acquire)
                assert lent(heard) == ["detect"]
                model.may_end.set()
                assert await drain(one) + await drain(two) == [1, 2]


async def test_a_batch_is_no_longer_alone_once_another_video_begins() -> None:
    model = Model(parallel=2)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one:
                await one.submit([Ticket(1)])
                one.close()
                await to_thread.run_sync(model.at_work.acquire)
                await wait_all_tasks_blocked()
                async with accelerator.lane(account):
                    await wait_all_tasks_blocked()
                    model.go.set()
                    assert await drain(one) == [1]
    assert model.asked == [False]


@pytest.mark.parametrize("others", [1, 2])
async def test_a_batch_is_not_alone_while_others_wait_or_are_scored(others: int) -> None:
    model = Model(parallel=2)
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as one, accelerator.lane(account) as two:
                await one.submit([Ticket(1)])
                one.close()
                await to_thread.run_sync(model.at_work.acquire)
                await wait_all_tasks_blocked()
                await two.submit([Ticket(number) for number in range(2, 2 + others)])
                two.close()
                await to_thread.run_sync(model.at_work.acquire)
                await wait_all_tasks_blocked()
                model.go.set()
                assert await drain(one) == [1]
                await drain(two)
    assert not model.asked[0]
