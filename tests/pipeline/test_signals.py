"""Signals become a cancellation."""

from __future__ import annotations

import signal

import anyio
import pytest

from gpu_service.errors import TransientError
from gpu_service.pipeline.signals import stop_on_signals

pytestmark = pytest.mark.anyio


async def test_a_signal_cancels_the_block_and_says_so() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    told: list[str] = []

    async def work() -> None:
        async with stop_on_signals(lambda: told.append("stopping")):
            await anyio.wait_all_tasks_blocked()
            signal.raise_signal(signal.SIGTERM)
            await anyio.sleep_forever()

    with pytest.raises(TransientError, match="stopped by SIGTERM") as caught:
        await work()
    assert caught.value.reason == "interrupted"
    assert told == ["stopping"]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
