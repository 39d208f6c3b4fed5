"""Videos are dealt in their order, those of one source one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import anyio
import anyio.lowlevel
import pytest
from anyio import wait_all_tasks_blocked
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.jobs import SourceRef, VideoJob
from gpu_service.pipeline.deal import Deal

pytestmark = pytest.mark.anyio


def jobs(keys: str) -> list[VideoJob]:
    """One for each letter, which names its source."""
    return [VideoJob(SourceRef("raw", key), number) for number, key in enumerate(keys)]


class Takers:
    """Take one after another, and remember which came."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self.taken: list[VideoJob | None] = []

    async def take(self) -> None:
        self.taken.append(await self._deal.take())


async def test_they_come_in_their_order() -> None:
    deal, all_of_it = Deal(jobs("abc")), jobs("abc")
    assert [await deal.take() for _ in "abc"] == all_of_it
    assert await deal.take() is None
    assert await deal.take() is None


async def test_others_pass_what_waits_for_its_source() -> None:
    first, second, other = jobs("aab")
    deal = Deal([first, second, other])
    assert await deal.take() == first
    assert await deal.take() == other
    deal.finished(first)
    assert await deal.take() == second
    assert await deal.take() is None


async def test_what_has_waited_comes_before_what_is_behind_it() -> None:
    first, second, third, *rest = jobs("aaabc")
    deal = Deal([first, second, third, *rest])
    assert [await deal.take(), await deal.take()] == [first, rest[0]]
    deal.finished(first)
    assert await deal.take() == second
    deal.finished(second)
    assert [await deal.take(), await deal.take()] == [third, rest[1]]


async def test_left_are_those_that_have_not_begun() -> None:
    first, second, other = jobs("aab")
    deal = Deal([first, second, other])
    left = [deal.left]
    for _ in range(2):
        await deal.take()
        left.append(deal.left)
    deal.finished(first)
    left.append(deal.left)
    await deal.take()
    assert [*left, deal.left] == [3, 2, 1, 1, 0]


async def test_a_taker_waits_while_all_that_is_left_waits_for_its_source() -> None:
    first, second, third = jobs("aaa")
    deal = Deal([first, second, third])
    takers = Takers(deal)
    await takers.take()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(takers.take)
            group.start_soon(takers.take)
            await wait_all_tasks_blocked()
            assert takers.taken == [first]
            deal.finished(first)
            await wait_all_tasks_blocked()
            assert takers.taken == [first, second]
            deal.finished(second)
    assert takers.taken == [first, second, third]


async def test_every_taker_that_waited_hears_that_nothing_is_left() -> None:
    first, second = jobs("aa")
    deal = Deal([first, second])
    takers = Takers(deal)
    await takers.take()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(takers.take)
            await wait_all_tasks_blocked()
            deal.finished(first)
    assert takers.taken == [first, second, None, None]


async def test_a_taker_that_is_cancelled_takes_nothing_along() -> None:
    first, second = jobs("aa")
    deal = Deal([first, second])
    assert await deal.take() == first
    async with anyio.create_task_group() as group:
        group.start_soon(deal.take)
        await wait_all_tasks_blocked()
        group.cancel_scope.cancel()
        deal.finished(first)
    assert deal.left == 1
    assert await deal.take() == second


async def test_once_stopped_it_gives_nothing_also_to_those_that_wait() -> None:
    first, second, other = jobs("aab")
    deal = Deal([first, second])
    takers = Takers(deal)
    await takers.take()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(takers.take)
            group.start_soon(takers.take)
            await wait_all_tasks_blocked()
            deal.stop()
    assert takers.taken == [first, None, None]
    deal.finished(first)
    assert deal.left == 1
    assert await deal.take() is None
    stopped = Deal([other])
    stopped.stop()
    assert await stopped.take() is None
    assert stopped.left == 1


class Shop:
    """Several take, work for as long as they were told, and finish."""

    def __init__(self, all_jobs: Sequence[VideoJob], turns: Sequence[int]) -> None:
        self._deal = Deal(all_jobs)
        self._turns = iter(turns)
        self.begun: list[VideoJob] = []
        self.at_once: Counter[SourceRef] = Counter()
        self.most_at_once = 0
        self.gone_home = 0

    async def work(self) -> None:
        while (job := await self._deal.take()) is not None:
            self.begun.append(job)
            self.at_once[job.source] += 1
            self.most_at_once = max(self.most_at_once, *self.at_once.values())
            for _ in range(next(self._turns)):
                await anyio.lowlevel.checkpoint()
            self.at_once[job.source] -= 1
            self._deal.finished(job)
        assert self._deal.left == 0
        self.gone_home += 1


@given(
    keys=st.text("abcd", max_size=12),
    turns=st.lists(st.integers(0, 6), min_size=12, max_size=12),
    takers=st.integers(1, 5),
)
def test_each_is_given_once_whatever_takes_how_long(
    keys: str, turns: list[int], takers: int
) -> None:
    all_jobs = jobs(keys)

    async def run() -> Shop:
        shop = Shop(all_jobs, turns)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                for _ in range(takers):
                    group.start_soon(shop.work)
        return shop

    shop = anyio.run(run)
    assert shop.gone_home == takers
    assert Counter(shop.begun) == Counter(all_jobs)
    assert shop.most_at_once <= 1
    for source in {job.source for job in all_jobs}:
        of_it = [job for job in shop.begun if job.source == source]
        assert of_it == [job for job in all_jobs if job.source == source]
    firsts = [job for number, job in enumerate(all_jobs) if job.source.key not in keys[:number]]
    assert [job for job in shop.begun if job in firsts] == firsts
