"""Cancelled while a video waits for room that others have."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.pipeline.lane import Lane
from tests.pipeline.bench import Bench

pytestmark = pytest.mark.anyio


async def test_cancelled_while_frames_wait_for_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench.at_work() as scope:
        monkeypatch.setattr(bench.services.frames.budget, "try_charge", lambda _: scope.cancel())
        await anyio.sleep_forever()
    monkeypatch.undo()
    await bench.assert_stopped()


async def test_cancelled_while_a_lane_is_full(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench.at_work() as scope:

        def is_full(lane: Lane, item: object) -> bool:
            scope.cancel()
            return True

        monkeypatch.setattr(Lane, "_is_full", is_full)
        await anyio.sleep_forever()
    monkeypatch.undo()
    await bench.assert_stopped()


async def test_cancelled_while_an_upload_waits_for_its_turn(bench: Bench) -> None:
    slots = bench.services.uploads
    limit = bench.services.settings.thumbnail.uploads_in_flight
    for _ in range(limit):
        slots.acquire_nowait()
    async with bench.at_work() as scope:
        while not slots.statistics().tasks_waiting:
            await checkpoint()
        scope.cancel()
    for _ in range(limit):
        slots.release()
    left = await bench.assert_stopped()
    assert left.objects == {}
    assert left.intents != []
