"""One video's way to the model and back: order, bounds, budget."""

from __future__ import annotations

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from tests.pipeline.tickets import Model, Ticket, drain, held, scores

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize(("window_bytes", "ahead"), [(3, 4), (900_000, 4), (1_750_000, 3)])
async def test_a_lane_takes_only_so_many_windows_and_bytes_ahead(
    window_bytes: int, ahead: int
) -> None:
    model = Model()
    given = 0
    async with held(model, 10**8) as (accelerator, door), anyio.create_task_group() as group:
        with door.account() as account:
            async with accelerator.lane(account) as lane:

                async def give() -> None:
                    nonlocal given
                    for number in range(20):
                        await lane.submit([Ticket(number, nbytes=window_bytes)])
                        given += 1
                    lane.close()

                group.start_soon(give)
                await wait_all_tasks_blocked()
                assert given == ahead
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
