"""How many uploads are on their way at once, of all videos together."""

from __future__ import annotations

import dataclasses

import anyio
import pytest
from anyio.lowlevel import checkpoint

from gpu_service.events import session_of
from gpu_service.sink.base import ObjectStore, StoredObject
from gpu_service.sink.recent import RecentObjects
from tests.pipeline.bench import BESIDE, KEY, Bench

pytestmark = pytest.mark.anyio


class Slow(RecentObjects):
    """Holds every thumbnail until it is told to go on."""

    under_way = most = 0

    def __init__(self, store: ObjectStore) -> None:
        super().__init__(store, most_bytes=1)
        self.go = anyio.Event()

    async def put(self, item: StoredObject) -> None:
        if session_of(item.key) is not None:
            await super().put(item)
            return
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.go.wait()
        await super().put(item)
        self.under_way -= 1


async def test_uploads_of_all_videos_share_the_slots(bench: Bench) -> None:
    store = Slow(bench.services.sinks.store)
    sinks = dataclasses.replace(bench.services.sinks, store=store)
    slowed = dataclasses.replace(bench, services=dataclasses.replace(bench.services, sinks=sinks))
    limit = bench.services.settings.thumbnail.uploads_in_flight
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            for key in (KEY, BESIDE):
                group.start_soon(slowed.analyze, key)
            while slowed.services.uploads.statistics().tasks_waiting < 2 and store.most <= limit:
                await checkpoint()
            assert store.under_way == limit
            store.go.set()
    assert store.most == limit
    assert await bench.state() == await bench.whole(KEY, BESIDE)
