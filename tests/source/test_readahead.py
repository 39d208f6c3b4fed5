"""The reader's file and its read-ahead, over an object in memory that a test controls."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.errors import InternalError, SourceChangedError, TransientError
from gpu_service.source.plan import ReadPlan
from gpu_service.source.readahead import ReadAhead, reading_ahead
from gpu_service.source.reader import ReadAheadFile
from gpu_service.trace import Phase, StageEvent, Trace

pytestmark = pytest.mark.anyio

KiB = 1024
MiB = 1024 * KiB
CONTENT = os.urandom(3 * MiB + 17)


class Memory:
    """Hands out an object's ranges in uneven pieces, other tasks coming in between."""

    def __init__(self, content: bytes = CONTENT, *, seed: int = 0) -> None:
        self.content = content
        self.fetched: list[tuple[int, int]] = []
        self.now = 0
        self.most = 0
        self._random = random.Random(seed)

    async def fetch(self, start: int, end: int, deliver: Callable[[bytes], None]) -> None:
        self.fetched.append((start, end))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            while start < end:
                await anyio.lowlevel.checkpoint()
                taken = min(end - start, self._random.randint(1, 300 * KiB))
                deliver(self.content[start : start + taken])
                start += taken
        finally:
            self.now -= 1


def plan_of(
    content: bytes = CONTENT, *, part: int = 256 * KiB, in_flight: int = 3, budget: int = 1 * MiB
) -> ReadPlan:
    return ReadPlan(
        size=len(content), part_bytes=part, parts_in_flight=in_flight, budget_bytes=budget
    )


@given(
    size=st.integers(1, len(CONTENT)),
    part=st.sampled_from([64 * KiB, 100_000, 256 * KiB, 1 * MiB]),
    in_flight=st.integers(1, 4),
    seed=st.integers(0, 99),
    jumps=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 400 * KiB), st.integers(0, 3)), max_size=10
    ),
)
def test_any_reads_give_the_object_s_bytes(
    size: int, part: int, in_flight: int, seed: int, jumps: list[tuple[float, int, int]]
) -> None:
    content = CONTENT[:size]
    memory = Memory(content, seed=seed)

    def use(reader: ReadAhead) -> None:
        file = ReadAheadFile(reader)
        for where, count, again in jumps:
            position = file.seek(int(where * size))
            for _ in range(again + 1):
                assert file.read(count) == content[position : position + count]
                position = min(size, position + count)
                assert file.tell() == position

    async def main() -> None:
        plan = plan_of(content, part=part, in_flight=in_flight)
        async with reading_ahead(memory.fetch, plan, "it", Trace()) as reader:
            await to_thread.run_sync(use, reader)
            held = sum(map(len, reader.blocks))
            assert held <= 1 * MiB

    anyio.run(main)
    assert memory.most <= in_flight + len(jumps)


async def test_small_reads_stay_in_the_worker_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demuxer asks for 32 KiB at a time: only starting a fetch may go to the event loop."""
    hops = 0
    run_sync = anyio.from_thread.run_sync

    def counted(*arguments: object) -> object:
        nonlocal hops
        hops += 1
        return run_sync(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(anyio.from_thread, "run_sync", counted)
    memory = Memory()

    def use(reader: ReadAhead) -> None:
        file = ReadAheadFile(reader)
        while file.read(32 * KiB):
            pass

    plan = plan_of(part=1 * MiB, budget=8 * MiB)
    async with reading_ahead(memory.fetch, plan, "it", Trace()) as reader:
        await to_thread.run_sync(use, reader)
    assert 0 < hops <= len(memory.fetched) < plan.block_count / 2


async def test_reading_in_the_event_loop_s_thread_is_refused() -> None:
    async with reading_ahead(Memory().fetch, plan_of(), "it", Trace()) as reader:
        with pytest.raises(InternalError, match="own thread"):
            ReadAheadFile(reader).read(1)


async def test_what_arrived_is_read_before_the_error_is_raised() -> None:
    """With one range at a time, so that everything before the error has arrived."""
    memory = Memory()
    error = SourceChangedError("it changed")

    async def fetch(start: int, end: int, deliver: Callable[[bytes], None]) -> None:
        if start >= 1 * MiB:
            raise error
        await memory.fetch(start, end, deliver)

    def use(reader: ReadAhead) -> None:
        file = ReadAheadFile(reader)
        assert file.read(1 * MiB) == CONTENT[: 1 * MiB]
        assert reader.failure is None
        for _ in range(2):
            with pytest.raises(SourceChangedError):
                file.read(1)

    async with reading_ahead(fetch, plan_of(in_flight=1), "it", Trace()) as reader:
        await to_thread.run_sync(use, reader)
        assert reader.failure is error


async def test_reading_after_the_end_of_the_block_fails() -> None:
    async with reading_ahead(Memory().fetch, plan_of(), "it", Trace()) as reader:
        pass
    with pytest.raises(TransientError, match="stopped"):
        await to_thread.run_sync(ReadAheadFile(reader).read, 1)


async def test_a_fault_in_a_fetch_is_not_hidden() -> None:
    async def fetch(start: int, end: int, deliver: Callable[[bytes], None]) -> None:
        raise ZeroDivisionError

    def use(reader: ReadAhead) -> None:
        with pytest.raises(TransientError):
            ReadAheadFile(reader).read(1)

    async def run() -> None:
        async with reading_ahead(fetch, plan_of(), "it", Trace()) as reader:
            await to_thread.run_sync(use, reader)

    with pytest.raises(ExceptionGroup) as caught:
        await run()
    assert caught.group_contains(ZeroDivisionError)


async def test_leaving_the_block_cancels_every_fetch() -> None:
    before = asyncio.all_tasks()
    stuck = Memory()

    async def fetch(start: int, end: int, deliver: Callable[[bytes], None]) -> None:
        stuck.now += 1
        try:
            deliver(CONTENT[start : start + 256 * KiB])
            await anyio.sleep_forever()
        finally:
            stuck.now -= 1

    async with reading_ahead(
        fetch, plan_of(part=512 * KiB, budget=8 * MiB), "it", Trace()
    ) as reader:
        await to_thread.run_sync(ReadAheadFile(reader).read, 100)
        assert stuck.now > 0
    assert stuck.now == 0
    assert asyncio.all_tasks() == before


async def heard_of(
    content: bytes, use: Callable[[ReadAhead], object], **plan: int
) -> list[StageEvent]:
    """What is told while a reader is used; it waits until nothing is fetched before and after."""
    heard: list[StageEvent] = []
    memory = Memory(content)
    trace = Trace(heard.append)
    async with reading_ahead(memory.fetch, plan_of(content, **plan), "it", trace) as reader:
        await to_thread.run_sync(reader.block, 0)
        await anyio.wait_all_tasks_blocked()
        await to_thread.run_sync(use, reader)
        await anyio.wait_all_tasks_blocked()
    return heard


async def test_every_range_is_a_piece_of_work() -> None:
    heard = await heard_of(CONTENT, lambda reader: ReadAheadFile(reader).read())
    done = [event for event in heard if event.phase is Phase.COMPLETE]
    assert {event.stage for event in heard} == {"source"}
    assert len(done) > 1
    assert sum(int(str(event.fields["bytes"])) for event in done) == len(CONTENT)


async def test_a_full_cache_is_a_wait_for_room_until_its_reader_goes_on() -> None:
    def go_on(reader: ReadAhead) -> None:
        time.sleep(0.05)
        ReadAheadFile(reader).read()

    heard = await heard_of(CONTENT, go_on)
    waits = [event.seconds for event in heard if event.phase is Phase.BLOCKED]
    assert waits
    assert max(waits) >= 0.05


async def test_a_cache_that_stays_full_is_told_of_at_the_end() -> None:
    heard = await heard_of(CONTENT, lambda reader: time.sleep(0.05))
    assert [event.seconds >= 0.05 for event in heard if event.phase is Phase.BLOCKED] == [True]


@pytest.mark.parametrize("place", [0, 5 * MiB, 10 * MiB])
async def test_nothing_waits_for_room_where_there_is_room(place: int) -> None:
    """A range waits for the middle of the last one after a jump; and behind the end there is nothing."""

    def jump(reader: ReadAhead) -> None:
        file = ReadAheadFile(reader)
        file.seek(place)
        file.read(1)
        time.sleep(0.02)
        file.seek(0)
        file.read(1)

    content = bytes(10 * MiB + 1)
    heard = await heard_of(content, jump, part=8 * MiB, budget=64 * MiB)
    assert not [event for event in heard if event.phase is Phase.BLOCKED]
