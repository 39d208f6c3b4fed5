"""One of a run's processes, as the one that started it sees it."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import anyio
from anyio.abc import Process, TaskGroup

from gpu_service.errors import (
    GPU_FAILED,
    GpuServiceError,
    InternalError,
    SettingsError,
    TransientError,
)
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.deal import Jobs
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.threads import in_thread
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
from gpu_service.processes.started import STOP_SECONDS, how_it_ended, socket_pair, started, stop
from gpu_service.run_summary import RunRecord
from gpu_service.trace import Listener, Phase, StageEvent
from gpu_service.trace_chrome import ChromeTrace


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of what the processes do.

    :param timeline: None: nobody wants one.
    :param timeline_folder: where its parts lie meanwhile; None: where temporary files do.
    :param listen: a video begins; see :func:`~gpu_service.pipeline.batch.analyze_all`.
    :param done: it has ended.
    :param say: a line of a process's stderr.
    """

    record: RunRecord
    timeline: ChromeTrace | None
    listen: Callable[[VideoJob], AbstractContextManager[Listener]]
    done: Callable[[VideoJob, VideoResult], None]
    say: Callable[[str], None]
    timeline_folder: Path | None = None


_OTHERS_GO_ON = (GPU_FAILED, "gpu_memory", "interrupted")
"""Reasons of one process's end that need not be those of another's."""

_ENDED_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Member:
    """Starts a process, gives it videos, and passes on what it tells.

    :param program: what Python is given before the descriptors.
    """

    def __init__(
        self, set_up: SetUp, jobs: Jobs, hearing: Hearing, program: tuple[str, ...]
    ) -> None:
        self._set_up = set_up
        self._jobs = jobs
        self._hearing = hearing
        self._program = program
        self._under_way: dict[VideoJob, tuple[ExitStack, Listener]] = {}
        self._ended: Ended | None = None
        self._taking = anyio.CancelScope()
        """Of what it has asked for; cancelled for good once it wants no more."""

    async def work(self) -> GpuServiceError | None:
        """Until the process has ended.

        :returns: what ended it, if other processes may do better.
        :raises GpuServiceError: what ended it, if others can't.
        """
        with ExitStack() as stack:
            stack.callback(self._leave_all)
            timeline = self._timeline(stack)
            try:
                process = await self._converse(timeline)
            finally:
                await self._join(timeline)
            return self._outcome(process)

    def _timeline(self, stack: ExitStack) -> TextIO | None:
        if self._hearing.timeline is None:
            return None
        try:
            folder = self._hearing.timeline_folder
            return stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder))
        except OSError as error:
            raise SettingsError(
                "--trace of several processes needs a folder for temporary files, its own or TMPDIR: "
                f"{error.strerror}; name another FILE"
            ) from error

    async def _join(self, timeline: TextIO | None) -> None:
        """Its part of the timeline with the run's, also when the run is being cancelled."""
        if self._hearing.timeline is None or timeline is None:
            return
        timeline.seek(0)
        failure = None if self._ended is None else self._ended.timeline_failure
        with anyio.CancelScope(shield=True):
            await in_thread(self._hearing.timeline.add, timeline, failure)

    async def _converse(self, timeline: TextIO | None) -> Process:
        ours, theirs = socket_pair()
        descriptors = [theirs.fileno(), *([] if timeline is None else [timeline.fileno()])]
        with ours, theirs:
            async with started(self._program, descriptors, self._hearing.say) as process:
                # Or nobody would hear that the process has closed its own.
                theirs.close()
                async with open_channel(ours) as channel:
                    await self._hear_to_its_end(channel, process)
        return process

    async def _hear_to_its_end(self, channel: Channel, process: Process) -> None:
        try:
            async with task_group() as giving:
                with suppress(anyio.BrokenResourceError):
                    await channel.send(self._set_up)
                await self._hear_all(channel, giving)
                giving.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            stop(process)
            # What it still completes counts, and so does what it did.
            with anyio.move_on_after(STOP_SECONDS, shield=True):
                await self._hear_all(channel, None)
            raise

    async def _hear_all(self, channel: Channel, giving: TaskGroup | None) -> None:
        """Until it is gone.

        :param giving: where it is given what it wants; None: nothing any more.
        """
        try:
            while True:
                message = await channel.receive()
                if not isinstance(message, Wanted):
                    self._hear(message)
                elif giving is not None:
                    giving.start_soon(self._give, channel)
        except anyio.EndOfStream:
            return

    async def _give(self, channel: Channel) -> None:
        job = None
        if not self._taking.cancel_called:
            with anyio.CancelScope() as self._taking:
                job = await self._jobs.take()
        if job is not None:
            stack = ExitStack()
            self._under_way[job] = stack, stack.enter_context(self._hearing.listen(job))
        try:
            await channel.send(Given(job))
        except anyio.BrokenResourceError:
            # That it is gone is heard as well; the job is one of those that it leaves undone.
            return

    def _hear(self, message: object) -> None:
        match message:
            case Progressed(job, stage, fields):
                _, listener = self._under_way[job]
                listener(StageEvent(stage, Phase.PROGRESS, fields=fields))
            case Done(job, result):
                self._finish(job, result)
            case Refused():
                self._taking.cancel()
            case Ended():
                self._ended = message
                self._hearing.record.add(message.part)

    def _finish(self, job: VideoJob, result: VideoResult) -> None:
        stack, _ = self._under_way.pop(job)
        stack.close()
        self._hearing.done(job, result)
        self._jobs.finished(job)

    def _leave_all(self) -> None:
        for stack, _ in self._under_way.values():
            stack.close()

    def _outcome(self, process: Process) -> GpuServiceError | None:
        error = self._died(process) if self._ended is None else self._ended.error
        if self._ended is not None and error is not None and error.reason not in _OTHERS_GO_ON:
            raise error
        for job in list(self._under_way):
            failure = error or self._died(process)
            result = VideoResult(job.video, self._set_up.settings.device, backend="")
            result.fail(type(failure)(f"{job.source}: {failure.message}", reason=failure.reason))
            self._finish(job, result)
        return error

    def _died(self, process: Process) -> GpuServiceError:
        """It could not say why."""
        how = f"process {self._set_up.number} of the run {how_it_ended(process)}"
        if -(process.returncode or 0) not in _ENDED_FROM_OUTSIDE:
            return InternalError(how, reason="process_died")
        return TransientError(
            f"{how}; run it again, with fewer --processes if memory ran out", reason="process_died"
        )
