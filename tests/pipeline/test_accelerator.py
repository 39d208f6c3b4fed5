"""Windows of several videos through one model: batches, turns, order, failures."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import numpy as np
import pytest
from anyio import to_thread, wait_all_tasks_blocked

from gpu_service.budget import ByteBudget
from gpu_service.detect.base import Cutter
from gpu_service.errors import InternalError
from gpu_service.events import Scores
from gpu_service.pipeline.accelerator import Accelerator, Lane
from gpu_service.pipeline.admission import Admission
from gpu_service.trace import Trace

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Ticket:
    """A window that is only a number."""

    number: int
    kept: int = 1
    nbytes: int = 100


@dataclass
class Model:
    """Scores a ticket with its number; may be held before a batch, or fail on a number."""

    batch_windows: int = 1
    parallel: int = 1
    fails_on: int | None = None
    name: str = "model"
    fingerprint: str = ""
    batches: list[list[int]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    go: threading.Event = field(default_factory=threading.Event)
    at_work: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each batch that begins."""

    def start(self) -> Cutter:
        raise NotImplementedError

    def score(self, windows: Sequence[Any]) -> list[Scores]:
        self.threads.add(threading.get_ident())
        self.at_work.release()
        self.go.wait()
        self.batches.append([window.number for window in windows])
        if self.fails_on in self.batches[-1]:
            raise RuntimeError("out of memory")
        return [scores(window.number) for window in windows]


def scores(*numbers: int) -> Scores:
    values = np.array(numbers, np.float32)
    return Scores(values, values)


async def drain(lane: Lane) -> list[int]:
    return [int(value) async for result in lane.results() for value in result.single]


@asynccontextmanager
async def held(model: Model, **options: Any) -> AsyncIterator[tuple[Accelerator, Admission]]:
    """An accelerator whose model stands still until ``model.go`` is set."""
    accelerator = Accelerator(model, Trace(), **options)
    door = Admission(ByteBudget("frames", 1000))
    async with accelerator.running():
        try:
            yield accelerator, door
        finally:
            model.go.set()


async def test_results_come_in_order_with_what_needed_no_model_in_its_place() -> None:
    model = Model()
    model.go.set()
    async with held(model) as (accelerator, door), anyio.create_task_group() as group:
        with door.account() as account:
            async with accelerator.lane(account) as lane:

                async def give() -> None:
                    await lane.submit([Ticket(0), scores(1, 2), Ticket(3)])
                    await lane.submit([scores(4), scores(5)])
                    lane.close()

                group.start_soon(give)
                assert await drain(lane) == [0, 1, 2, 3, 4, 5]


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


async def test_a_lane_takes_only_so_many_windows_ahead() -> None:
    model = Model()
    given = 0
    async with held(model) as (accelerator, door), anyio.create_task_group() as group:
        with door.account() as account:
            async with accelerator.lane(account) as lane:

                async def give() -> None:
                    nonlocal given
                    for number in range(20):
                        await lane.submit([Ticket(number)])
                        given += 1
                    lane.close()

                group.start_soon(give)
                await wait_all_tasks_blocked()
                assert given == 4
                model.go.set()
                assert await drain(lane) == list(range(20))


async def test_scores_without_a_model_do_not_run_far_ahead_of_it() -> None:
    model = Model()
    given = 0
    async with held(model) as (accelerator, door), anyio.create_task_group() as group:
        with door.account() as account:
            async with accelerator.lane(account) as lane:

                async def give() -> None:
                    nonlocal given
                    await lane.submit([Ticket(0)])
                    for number in range(1, 100):
                        await lane.submit([scores(number)])
                        given = number
                    lane.close()

                group.start_soon(give)
                await wait_all_tasks_blocked()
                assert 0 < given < 20
                model.go.set()
                assert await drain(lane) == list(range(100))


async def test_a_window_waits_for_room_in_the_budget() -> None:
    model = Model()
    async with held(model) as (accelerator, door), anyio.create_task_group() as group:
        with door.account() as account, door.account() as other:
            await other.enter(950)
            async with accelerator.lane(account) as lane:
                group.start_soon(lane.submit, [Ticket(1)])
                await wait_all_tasks_blocked()
                assert not lane.queue
                other.leave(950)
                await wait_all_tasks_blocked()
                model.go.set()
                lane.close()
                assert await drain(lane) == [1]
    assert door.budget.peak_bytes == 950


async def test_windows_leave_the_budget_once_scored() -> None:
    model = Model()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as lane:
                for number in range(3):
                    await lane.submit([Ticket(number)])
                lane.close()
                assert door.budget.used_bytes == 300
                model.go.set()
                await drain(lane)
                assert door.budget.used_bytes == 0


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


async def test_a_video_that_leaves_takes_its_windows_along() -> None:
    model = Model()
    async with held(model) as (accelerator, door):
        with door.account() as account:
            async with accelerator.lane(account) as stays:
                await stays.submit([Ticket(1)])
                await wait_all_tasks_blocked()
                with door.account() as own:
                    async with accelerator.lane(own) as gone:
                        await gone.submit([Ticket(2)])
                        assert door.budget.used_bytes == 200
                assert door.budget.used_bytes == 100
                model.go.set()
                stays.close()
                assert await drain(stays) == [1]
    assert model.batches == [[1]]


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
