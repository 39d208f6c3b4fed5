"""Messages come whole and in their order, also to one that was cancelled while it waited."""

from __future__ import annotations

import pickle
import select
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction

import anyio
import anyio.lowlevel
import pytest

from gpu_service.errors import GPU_FAILED, GpuServiceError, InputError, InternalError
from gpu_service.events import Event
from gpu_service.jobs import SourceRef, VideoJob, VideoResult, VideoStatus
from gpu_service.processes.messages import (
    Channel,
    Done,
    Ended,
    Given,
    Progressed,
    SetUp,
    Wanted,
    open_channel,
)
from gpu_service.run_summary import RunRecord
from gpu_service.settings import Settings

pytestmark = pytest.mark.anyio

JOB = VideoJob(SourceRef("raw", "videos/ä\n.mp4"), 42, "7")
EVENT = Event(
    7, Fraction(0), Fraction(1001, 30000), "shot", "Shot 1", 1, Fraction(1, 3), "events/7.jpg"
)
RESULT = VideoResult(
    JOB.video, "cpu", "pyav/h264", VideoStatus.COMPLETE, frames=9, events=[EVENT] * 3
)
DONE = Done(JOB, RESULT)
SET_UP = SetUp(Settings(), True, (JOB.source, SourceRef(None, "a.mp4")), 12.5, 2)
MESSAGES = [
    SET_UP,
    Wanted(),
    Given(JOB),
    Given(None),
    Progressed(JOB, "detect", {"done": 3, "total": None, "unit": "frames"}),
    DONE,
]


def every_error(kind: type[GpuServiceError] = GpuServiceError) -> Iterator[type[GpuServiceError]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from every_error(derived)


@asynccontextmanager
async def both_ends() -> AsyncIterator[tuple[Channel, Channel]]:
    ours, theirs = socket.socketpair()
    async with open_channel(ours) as here, open_channel(theirs) as there:
        yield here, there


@asynccontextmanager
async def raw_end() -> AsyncIterator[tuple[Channel, socket.socket]]:
    """A channel whose other end sends what bytes it likes."""
    ours, theirs = socket.socketpair()
    with theirs:
        async with open_channel(ours) as channel:
            yield channel, theirs


def framed(message: object) -> bytes:
    data = pickle.dumps(message)
    return struct.pack("<I", len(data)) + data


async def test_each_message_comes_as_it_was_and_in_its_order_both_ways() -> None:
    with anyio.fail_after(10):
        async with both_ends() as (here, there):
            for message in MESSAGES:
                await here.send(message)
                await there.send(message)
            for message in MESSAGES:
                assert await there.receive() == message
                assert await here.receive() == message


@pytest.mark.parametrize("kind", list(every_error()))
async def test_errors_keep_what_they_say(kind: type[GpuServiceError]) -> None:
    for error in (kind("it is\nso"), kind("it is so", reason="because")):
        error.__cause__ = OSError("of a library")
        result = VideoResult(JOB.video, "cpu", "")
        result.fail(error)
        async with both_ends() as (here, there):
            await here.send(Ended(RunRecord("detect").part, error))
            await here.send(Done(JOB, result))
            said = (await there.receive()).error
            told = (await there.receive()).result
        assert type(said) is kind
        assert (said.message, said.reason) == (error.message, error.reason)
        assert (said.exit_code, said.retryable) == (error.exit_code, error.retryable)
        assert str(said) == str(error)
        assert told == result


async def test_those_of_several_senders_do_not_mix() -> None:
    """Each is larger than what the socket takes at once."""
    large = [InputError(letter * 1_000_000, reason=GPU_FAILED) for letter in "abc"]
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group, both_ends() as (here, there):
            for error in large:
                group.start_soon(here.send, error)
            come = [await there.receive() for _ in large]
    assert {error.message for error in come} == {error.message for error in large}


async def test_one_that_is_cancelled_after_any_byte_goes_on_the_next_time() -> None:
    data = framed(DONE) + framed(InternalError("second"))
    come: list[object] = []
    own, other = socket.socketpair()
    with other, anyio.fail_after(20):
        async with open_channel(own) as channel:

            async def receive() -> None:
                while True:
                    come.append(await channel.receive())

            for number in range(len(data)):
                async with anyio.create_task_group() as group:
                    group.start_soon(receive)
                    other.sendall(data[number : number + 1])
                    while select.select([own], [], [], 0)[0]:
                        await anyio.lowlevel.checkpoint()
                    group.cancel_scope.cancel()
    assert come[0] == DONE
    assert [str(message) for message in come[1:]] == ["second"]


async def test_the_other_end_is_gone() -> None:
    with anyio.fail_after(10):
        async with raw_end() as (channel, other):
            other.sendall(framed(DONE))
            other.close()
            assert await channel.receive() == DONE
            with pytest.raises(anyio.EndOfStream):
                await channel.receive()
            with pytest.raises(anyio.BrokenResourceError):
                await channel.send(Wanted())


@pytest.mark.parametrize("cut", [2, 4, 50])
async def test_the_other_end_is_gone_in_the_middle_of_a_message(cut: int) -> None:
    with anyio.fail_after(10):
        async with raw_end() as (channel, other):
            other.sendall(framed(DONE)[:cut])
            other.close()
            with pytest.raises(anyio.EndOfStream):
                await channel.receive()


async def test_the_other_end_is_gone_and_had_not_read_all() -> None:
    """Which the system tells otherwise."""
    with anyio.fail_after(10):
        async with raw_end() as (channel, other):
            await channel.send(Wanted())
            other.close()
            with pytest.raises(anyio.EndOfStream):
                await channel.receive()


async def test_one_that_is_cancelled_sends_all_of_a_message() -> None:
    """Half of it would spoil what comes after."""
    large = InputError("x" * 3_000_000)
    with anyio.fail_after(20):
        async with both_ends() as (here, there):
            async with anyio.create_task_group() as group:
                group.start_soon(here.send, large)
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()
                assert (await _shielded(there)).message == large.message
            await here.send(Wanted())
            assert await there.receive() == Wanted()


async def _shielded(channel: Channel) -> InputError:
    with anyio.fail_after(10, shield=True):
        error = await channel.receive()
    assert isinstance(error, InputError)
    return error
