"""A process of a run that only talks: ``python -m tests.processes.talker [WORD…] SOCKET [TIMELINE]``.

It takes one video after another, and does with it what its session says, a name of :data:`DEEDS`. A
word such as ``2:exits`` says what the second process does instead of taking any.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable

import anyio

from gpu_service.errors import (
    GPU_FAILED,
    GpuServiceError,
    InternalError,
    SettingsError,
    TransientError,
)
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

TALKER = ("-m", "tests.processes.talker")
"""For :func:`~gpu_service.processes.run.analyze_in_processes`."""

NO_JOB = VideoJob(SourceRef(None, "none"))

LONG_TEXT = "x" * 200_000


async def completes(channel: Channel, job: VideoJob, number: int) -> None:
    for done in (5, 10):
        fields: dict[str, object] = {"done": done, "total": 10}
        await channel.send(Progressed(job, "detect", fields))
    result = VideoResult(job.video, "cpu", f"process {number}", VideoStatus.COMPLETE)
    await channel.send(Done(job, result))


async def exits(channel: Channel, job: VideoJob, number: int) -> None:
    os._exit(3)


async def dies(channel: Channel, job: VideoJob, number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def crashes(channel: Channel, job: VideoJob, number: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


async def has_no_room(channel: Channel, job: VideoJob, number: int) -> None:
    """On its GPU, which others fill."""
    await _end(channel, TransientError("the GPU's memory is full", reason="gpu_memory"))


async def fails(channel: Channel, job: VideoJob, number: int) -> None:
    """It can't go on, and says why."""
    await _end(channel, SettingsError("no such bucket", reason="bucket_missing"))


async def loses_its_gpu(channel: Channel, job: VideoJob, number: int) -> None:
    error = InternalError("the GPU failed", reason=GPU_FAILED)
    if job != NO_JOB:
        result = VideoResult(job.video, "cuda", f"process {number}")
        result.fail(error)
        await channel.send(Done(job, result))
    await _end(channel, error)


async def says(channel: Channel, job: VideoJob, number: int) -> None:
    """It prints much, and some of it without an end of a line."""
    sys.stderr.write(f"one\ntwo \x1b[2J\n{LONG_TEXT}")
    sys.stdout.write(f"\nsaid by {number}")
    await completes(channel, job, number)


async def lingers(channel: Channel, job: VideoJob, number: int) -> None:
    """It hears of nothing but a signal, once it has told all."""

    def stop(*of_signal: object) -> None:
        os.write(2, b"was told to stop\n")
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    await completes(channel, job, number)
    await anyio.sleep_forever()


async def waits(channel: Channel, job: VideoJob, number: int) -> None:
    await anyio.sleep_forever()


async def stays(channel: Channel, job: VideoJob, number: int) -> None:
    """It hears of nothing any more."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stderr.write("stays\n")
    sys.stderr.flush()
    while True:
        time.sleep(60)  # noqa: ASYNC251 - that is the point


async def leaves_a_child(channel: Channel, job: VideoJob, number: int) -> None:
    """Which has its stderr, and says who it is."""
    child = await anyio.open_process(["sleep", "300"], stdin=None, stdout=None, stderr=None)
    sys.stderr.write(f"{child.pid}\n")
    sys.stderr.flush()
    await completes(channel, job, number)
    os._exit(3)


async def has_a_full_disk(channel: Channel, job: VideoJob, number: int) -> None:
    """Its part of the timeline is not whole."""
    await completes(channel, job, number)
    await _end(channel, None, OSError(28, "No space left on device"))


Deed = Callable[[Channel, VideoJob, int], Awaitable[None]]

_ALL: tuple[Deed, ...] = (
    *(completes, exits, dies, fails, loses_its_gpu, says, lingers, waits, stays),
    *(crashes, has_no_room, leaves_a_child, has_a_full_disk),
)
DEEDS = {deed.__name__: deed for deed in _ALL}


async def _end(
    channel: Channel, error: GpuServiceError | None, timeline_failure: OSError | None = None
) -> None:
    record = RunRecord("detect")
    record.watch(workers=1)
    await channel.send(Ended(record.part, error, timeline_failure))
    sys.exit(0)


async def talk(words: list[str]) -> None:
    end, *_ = (int(word) for word in words if word.isdigit())
    async with open_channel(socket.socket(fileno=end)) as channel:
        set_up: SetUp = await channel.receive()
        for word in words:
            number, _, deed = word.partition(":")
            if deed and number == str(set_up.number):
                await DEEDS[deed](channel, NO_JOB, set_up.number)
        while True:
            await channel.send(Wanted())
            given: Given = await channel.receive()
            if given.job is None:
                break
            await DEEDS[given.job.session or "completes"](channel, given.job, set_up.number)
        await _end(channel, None)


if __name__ == "__main__":
    anyio.run(talk, sys.argv[1:])
