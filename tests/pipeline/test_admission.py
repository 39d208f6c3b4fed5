from __future__ import annotations

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.budget import ByteBudget
from gpu_service.pipeline.admission import Account, Admission

pytestmark = pytest.mark.anyio


async def test_what_does_not_fit_waits_in_line() -> None:
    door = Admission(ByteBudget("frames", 10))
    inside: list[str] = []

    async def come(name: str, size: int, account: Account) -> None:
        await account.enter(size)
        inside.append(name)

    with door.account() as account:
        async with anyio.create_task_group() as group:
            group.start_soon(come, "first", 8, account)
            group.start_soon(come, "large", 6, account)
            group.start_soon(come, "small", 1, account)
            await wait_all_tasks_blocked()
            assert inside == ["first"], "nobody overtakes"
            account.leave(8)
        assert inside == ["first", "large", "small"]
    assert door.budget.used_bytes == 0


async def test_something_larger_than_the_limit_goes_in_alone() -> None:
    door = Admission(ByteBudget("frames", 10))
    with door.account() as account:
        await account.enter(4)
        async with anyio.create_task_group() as group:
            group.start_soon(account.enter, 50)
            await wait_all_tasks_blocked()
            assert door.budget.used_bytes == 4
            account.leave(4)
        assert door.budget.used_bytes == 50


async def test_who_is_cancelled_in_line_lets_the_next_pass() -> None:
    door = Admission(ByteBudget("frames", 10))
    with door.account() as account:
        await account.enter(6)
        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                group.start_soon(account.enter, 3)
                scope.cancel()
                await account.enter(9)
            group.start_soon(account.enter, 4)
            await wait_all_tasks_blocked()
            assert door.budget.used_bytes == 9
            account.leave(6)
        assert door.budget.used_bytes == 7


async def test_what_is_inside_turns_into_something_else_without_waiting() -> None:
    door = Admission(ByteBudget("frames", 10))
    with door.account() as account:
        await account.enter(10)
        account.charge(20)
        account.leave(10)
        assert door.budget.used_bytes == 20
        assert door.budget.peak_bytes == 30


async def test_a_closed_account_holds_nothing_and_takes_nothing() -> None:
    door = Admission(ByteBudget("frames", 10))
    with door.account() as account:
        await account.enter(5)
    account.leave(5)
    account.charge(5)

    assert door.budget.used_bytes == 0


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3)), max_size=20))
async def test_everybody_gets_in_and_the_limit_holds(guests: list[tuple[int, int]]) -> None:
    door = Admission(ByteBudget("frames", 12))
    came = 0

    async def visit(size: int, stay: int) -> None:
        nonlocal came
        with door.account() as account:
            await account.enter(size)
            assert door.budget.used_bytes <= max(12, size)
            for _ in range(stay):
                await checkpoint()
        came += 1

    async with anyio.create_task_group() as group:
        for guest in guests:
            group.start_soon(visit, *guest)
    assert came == len(guests)
    assert door.budget.used_bytes == 0
