"""Several videos are cancelled at once, each at another place; and then the service is closed."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from tests.pipeline.bench import BESIDE, KEY, Bench, open_bench
from tests.pipeline.conftest import Place
from tests.pipeline.holds import (
    LONGEST_WAIT_SECONDS,
    Gate,
    is_sheet,
    is_thumbnail,
    late,
    lost,
    nth,
    sql_session,
)
from tests.support.faulty_s3 import Fault, FaultyS3, Request

pytestmark = pytest.mark.anyio


class Both:
    """A script: the reads of :data:`BESIDE` stop half-way, the first upload is late."""

    def __init__(self) -> None:
        self.reads, self.upload = Gate(), Gate()
        self._first = nth(0, is_thumbnail, late(self.upload))

    def __call__(self, request: Request) -> Fault | None:
        if request.path.endswith(BESIDE) and request.start >= 3 * 65536:
            return lost(self.reads)
        return self._first(request)

    async def await_both(self) -> None:
        await to_thread.run_sync(self.reads.await_arrival)
        await to_thread.run_sync(self.upload.await_arrival)

    def open(self) -> None:
        self.reads.open()
        self.upload.open()


async def test_one_is_read_and_one_is_uploaded(bench: Bench) -> None:
    bench.proxy.script = both = Both()
    async with bench.at_work(KEY, BESIDE) as scope:
        await both.await_both()
        scope.cancel()
    both.open()
    left = await bench.assert_stopped(KEY, BESIDE)
    assert [row["reason"] for row in left.videos] == ["interrupted"] * 2
    assert {row["video_id"] for row in left.events} <= {42}


async def test_one_is_complete_already(bench: Bench) -> None:
    bench.proxy.script = both = Both()
    both.upload.open()
    async with bench.at_work(KEY, BESIDE) as scope:
        with sql_session(bench.place) as sql:
            complete = "SELECT count(*) = 1 FROM video WHERE status = 'complete'"
            await to_thread.run_sync(sql.wait_for, complete)
        await both.await_both()
        scope.cancel()
    both.open()
    await bench.assert_nothing_left()
    left = await bench.assert_consistent()
    assert [row["status"] for row in left.videos] == ["complete", "failed"]
    assert [row["video_id"] for row in left.timeline] == [42] * 3
    assert left.intents == []
    await bench.assert_mended(KEY, BESIDE)


async def test_one_draws_the_sheet_for_which_the_other_waits(bench: Bench) -> None:
    gate = Gate()
    bench.proxy.script = nth(0, is_sheet, late(gate))
    waits = "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with bench.at_work(KEY, BESIDE) as scope:
        await to_thread.run_sync(gate.await_arrival)
        with sql_session(bench.place) as sql:
            await to_thread.run_sync(sql.wait_for, waits)
        scope.cancel()
    gate.open()
    left = await bench.assert_stopped(KEY, BESIDE)
    assert len(left.timeline) == 6


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc to look at")
async def test_a_service_that_is_closed_leaves_no_socket_and_no_session(
    shared: tuple[Place, FaultyS3], bench: Bench
) -> None:
    place, proxy = shared
    sessions = await to_thread.run_sync(_sessions, place)
    before = _sockets()
    proxy.script = both = Both()
    async with open_bench(place, proxy) as another:
        async with another.at_work(KEY, BESIDE) as scope:
            await both.await_both()
            assert not _sockets() <= before
            scope.cancel()
        both.open()
    with anyio.fail_after(LONGEST_WAIT_SECONDS):
        # The proxy and the server notice a little later that our side has gone.
        while not _sockets() <= before:  # noqa: ASYNC110
            await anyio.sleep(0.01)
        while await to_thread.run_sync(_sessions, place) > sessions:  # noqa: ASYNC110
            await anyio.sleep(0.01)


def _sockets() -> set[str]:
    links = {Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")}
    return {os.readlink(link) for link in links if link.is_socket()}


def _sessions(place: Place) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gpu-service'"
    return int(place.rows(query)[0]["count"])
