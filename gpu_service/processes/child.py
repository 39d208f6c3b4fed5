"""One of several processes of a run: ``python -m gpu_service.processes.child SOCKET [TIMELINE]``.

Both are descriptors that it was started with: its end of the talk, and a file for its part of the run's
timeline.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import anyio
from rich.console import Console

from gpu_service.console.logs import set_up_logging
from gpu_service.errors import GpuServiceError, TransientError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.accelerator import STAGE
from gpu_service.pipeline.backend import Backend
from gpu_service.pipeline.batch import analyze_recorded
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.signals import stop_on_signals
from gpu_service.processes.messages import (
    Channel,
    Done,
    Ended,
    Given,
    Progressed,
    Refused,
    SetUp,
    Wanted,
    open_channel,
)
from gpu_service.run_summary import RunRecord
from gpu_service.trace import Listener, Phase, StageEvent
from gpu_service.trace_chrome import ChromeTrace

_PROGRESS_EVERY_SECONDS = 0.25
_MOST_MESSAGES = 256
"""That wait to be sent before progress is no longer told; results are as many as videos at once."""


@dataclass(frozen=True, slots=True)
class Starting:
    """What a process was started with.

    :param timeline: None: the run has none.
    """

    end: socket.socket
    timeline: TextIO | None

    @classmethod
    def of_command(cls, words: list[str]) -> Starting:
        """What the command line names."""
        end, *timeline = descriptors = [*map(int, words)]
        for descriptor in descriptors:
            # What this process starts would else keep them open after its end.
            os.set_inheritable(descriptor, False)
        file = os.fdopen(timeline[0], "w", encoding="utf-8") if timeline else None
        return cls(socket.socket(fileno=end), file)


async def work(starting: Starting, backend: Backend | None = None) -> None:
    """Analyse what the process that started this one gives out, until there is no more.

    :param backend: None for that of the settings' device.
    """
    async with open_channel(starting.end) as channel:
        try:
            set_up: SetUp = await channel.receive()
        except anyio.EndOfStream:
            return
        set_up_logging(set_up.settings.log_level, Console(stderr=True, force_terminal=False))
        timeline = _timeline(starting.timeline, set_up)
        record = RunRecord(STAGE, *([] if timeline is None else [timeline]))
        dealt = _Dealt(channel)
        failure: GpuServiceError | None = None
        try:
            async with stop_on_signals():
                await _analyze(set_up, record, dealt, backend)
        except GpuServiceError as error:
            failure = error
        if timeline is not None:
            timeline.finish()
        not_whole = None if timeline is None else timeline.failure
        await dealt.end(Ended(record.part, failure, not_whole))


def _timeline(file: TextIO | None, set_up: SetUp) -> ChromeTrace | None:
    if file is None:
        return None
    return ChromeTrace(file, part=set_up.number, zero_seconds=set_up.timeline_zero_seconds)


async def _analyze(
    set_up: SetUp, record: RunRecord, dealt: _Dealt, backend: Backend | None
) -> None:
    async with task_group() as group:
        group.start_soon(dealt.hear)
        group.start_soon(dealt.tell)
        await analyze_recorded(
            set_up.settings,
            dealt,
            record=record,
            local=set_up.local,
            sources=set_up.sources,
            listen=dealt.listen,
            done=dealt.done,
            backend=backend,
        )
        group.cancel_scope.cancel()


class _Dealt:
    """Jobs that another process deals, and what it is told of them."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._to_tell: deque[object] = deque()
        self._told = anyio.Event()
        self._heard, self._given = anyio.create_memory_object_stream[Given](1)

    async def take(self) -> VideoJob | None:
        self._put(Wanted())
        return (await self._given.receive()).job

    def finished(self, job: VideoJob) -> None:
        """The other process knows by the result."""

    def stop(self) -> bool:
        """One that is on its way may still come."""
        self._put(Refused())
        return True

    @contextmanager
    def listen(self, job: VideoJob) -> Iterator[Listener]:
        """Tell how far a video is, now and then."""
        told_at: dict[str, float] = {}

        def hear(event: StageEvent) -> None:
            if event.phase is not Phase.PROGRESS or len(self._to_tell) > _MOST_MESSAGES:
                return
            now = time.monotonic()
            if now - told_at.get(event.stage, -_PROGRESS_EVERY_SECONDS) < _PROGRESS_EVERY_SECONDS:
                return
            told_at[event.stage] = now
            self._put(Progressed(job, event.stage, event.fields))

        yield hear

    def done(self, job: VideoJob, result: VideoResult) -> None:
        self._put(Done(job, result))

    def _put(self, message: object) -> None:
        self._to_tell.append(message)
        self._told.set()

    async def hear(self) -> None:
        """Take what is given out.

        :raises TransientError: ``interrupted``: whoever gives it out is gone.
        """
        try:
            while True:
                await self._heard.send(await self._channel.receive())
        except anyio.EndOfStream as error:
            raise TransientError(
                "the process that dealt the videos is gone; run it again", reason="interrupted"
            ) from error

    async def tell(self) -> None:
        """Send what there is to tell, in its order."""
        try:
            while True:
                await self._told.wait()
                self._told = anyio.Event()
                while self._to_tell:
                    await self._channel.send(self._to_tell[0])
                    self._to_tell.popleft()
        except anyio.BrokenResourceError:
            # Whoever hears finds the same, and says it.
            return

    async def end(self, last: Ended) -> None:
        """Tell what is left to tell, and the last of it."""
        try:
            while self._to_tell:
                await self._channel.send(self._to_tell.popleft())
            await self._channel.send(last)
        except anyio.BrokenResourceError:
            return
        finally:
            self._heard.close()
            self._given.close()


def main() -> None:
    """Work for the process that started this one."""
    anyio.run(work, Starting.of_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
