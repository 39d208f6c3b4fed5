"""Who asks for the database is answered in time, whatever it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from gpu_service.errors import GpuServiceError, SettingsError, TransientError
from gpu_service.http.database_probe import DatabaseProbe

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def probing(
    check: Callable[[], Awaitable[None]], *, seconds: float = 60
) -> AsyncIterator[DatabaseProbe]:
    probe = DatabaseProbe(check, seconds=seconds)
    async with anyio.create_task_group() as group:
        group.start_soon(probe.run)
        yield probe
        group.cancel_scope.cancel()


async def test_all_who_ask_meanwhile_have_the_same_answer() -> None:
    asked, answer = 0, anyio.Event()

    async def check() -> None:
        nonlocal asked
        asked += 1
        await answer.wait()
        raise SettingsError("not up to date", reason="not_migrated")

    complaints: list[GpuServiceError] = []

    async def ask() -> None:
        with pytest.raises(SettingsError, match="not up to date") as caught:
            await probe.ask()
        complaints.append(caught.value)

    async with probing(check) as probe:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            answer.set()
        assert asked == 1
        assert [error.reason for error in complaints] == ["not_migrated"] * 3
        assert len(set(map(id, complaints))) == 3
        await ask()
        assert asked == 2


async def test_nobody_waits_for_a_check_that_can_t_be_given_up() -> None:
    given_up, asked = anyio.Event(), 0

    async def check() -> None:
        nonlocal asked
        asked += 1
        with anyio.CancelScope(shield=True):
            await given_up.wait()

    async with probing(check, seconds=0.01) as probe:
        for _ in range(3):
            with pytest.raises(TransientError, match="did not answer in") as caught:
                await probe.ask()
            assert caught.value.reason == "database_slow"
        assert asked == 1
        given_up.set()
        await anyio.wait_all_tasks_blocked()
        await probe.ask()
        assert asked == 2


async def test_a_silent_check_is_given_up_and_done_anew() -> None:
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await anyio.sleep_forever()

    async with probing(check, seconds=0.01) as probe:
        with pytest.raises(TransientError):
            await probe.ask()
        await anyio.wait_all_tasks_blocked()
        await probe.ask()
    assert asked == 2
