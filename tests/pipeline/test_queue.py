"""Events between two stages: none is lost, and the one behind takes all that have gathered."""

from __future__ import annotations

from fractions import Fraction

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from gpu_service.events import Event
from gpu_service.pipeline.queue import EventQueue

pytestmark = pytest.mark.anyio


def event(number: int) -> Event:
    at = Fraction(number)
    return Event(number, at, at + 1, "shot", "", number, at, f"{number}.jpg")


async def test_what_has_gathered_is_taken_at_once_and_in_order() -> None:
    queue = EventQueue()
    queue.put([event(1), event(2)])
    queue.put([])
    queue.put([event(3)])

    assert [one.id for one in await queue.take()] == [1, 2, 3]


async def test_taking_waits_for_an_event_or_for_the_end() -> None:
    queue = EventQueue()
    taken: list[list[int]] = []

    async def take() -> None:
        while events := await queue.take():
            taken.append([one.id for one in events])

    async with anyio.create_task_group() as group:
        group.start_soon(take)
        await wait_all_tasks_blocked()
        assert taken == []
        queue.put([event(1)])
        await wait_all_tasks_blocked()
        assert taken == [[1]]
        queue.put([event(2)])
        queue.close()

    assert taken == [[1], [2]]


async def test_a_taker_that_is_cancelled_leaves_the_events() -> None:
    queue = EventQueue()
    async with anyio.create_task_group() as group:
        group.start_soon(queue.take)
        await wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    queue.put([event(1)])

    assert [one.id for one in await queue.take()] == [1]
