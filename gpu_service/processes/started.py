"""Processes of a run: started, listened to, and ended with the block that they were started for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import ByteReceiveStream, Process

from gpu_service.errors import TransientError
from gpu_service.pipeline.groups import task_group

STOP_SECONDS = 90.0
"""How long one may clean up; some statements of a silent database wait for a minute."""

_EXIT_SECONDS = 10.0
"""How long one may take to go once there is nothing left to hear."""

_LAST_LINES_SECONDS = 1.0
_LONGEST_LINE_BYTES = 1 << 16


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends to talk over.

    :raises TransientError: ``no_process``.
    """
    try:
        return socket.socketpair()
    except OSError as error:
        raise _not_started(error) from error


def _not_started(error: OSError) -> TransientError:
    return TransientError(
        f"another process can't be started: {error.strerror}; ask for fewer --processes",
        reason="no_process",
    )


@asynccontextmanager
async def started(
    program: Sequence[str], descriptors: Sequence[int], say: Callable[[str], None]
) -> AsyncIterator[Process]:
    """``python PROGRAM DESCRIPTORS``, which has ended at the end of the block.

    Where the block fails it is told to stop, and killed if it does not; where that is cancelled, it
    has had its time to stop within.

    :param descriptors: what it inherits.
    :param say: hears each line of its stdout and stderr.
    :raises TransientError: ``no_process``.
    """
    command = [sys.executable, *program, *map(str, descriptors)]
    try:
        # Cancelled halfway, it would be nobody's.
        with anyio.CancelScope(shield=True):
            process = await anyio.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=descriptors,
                # A terminal's Ctrl-C is for the one that it was typed for, who tells the others.
                start_new_session=True,
            )
    except OSError as error:
        raise _not_started(error) from error
    # What it says while the run is being cancelled counts as well.
    relaying = anyio.CancelScope(shield=True)
    try:
        async with task_group() as group:
            if process.stdout is not None:
                group.start_soon(_relay, process.stdout, say, relaying)
            patience_seconds = _EXIT_SECONDS
            try:
                yield process
            except BaseException as error:
                stop(process)
                if not isinstance(error, anyio.get_cancelled_exc_class()):
                    patience_seconds = STOP_SECONDS
                raise
            finally:
                await _end(process, patience_seconds)
                # Its own children may hold the pipe for longer.
                relaying.deadline = anyio.current_time() + _LAST_LINES_SECONDS
    finally:
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _end(process: Process, patience_seconds: float) -> None:
    with anyio.move_on_after(patience_seconds, shield=True):
        await process.wait()
    _signal(process, signal.SIGKILL)
    with anyio.CancelScope(shield=True):
        await process.wait()


def stop(process: Process) -> None:
    """Tell it to stop, if it still runs."""
    _signal(process, signal.SIGTERM)


def _signal(process: Process, number: signal.Signals) -> None:
    # Not by the process's own methods: they ask for its exit code first, which asyncio then misses.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


async def _relay(
    stream: ByteReceiveStream, say: Callable[[str], None], relaying: anyio.CancelScope
) -> None:
    """Pass on each line until the end of the stream."""
    begun = b""
    with relaying:
        async for some in stream:
            *lines, begun = (begun + some).split(b"\n")
            if len(begun) > _LONGEST_LINE_BYTES:
                lines, begun = [*lines, begun], b""
            for line in lines:
                say(line.decode(errors="replace"))
    if begun:
        say(begun.decode(errors="replace"))


def how_it_ended(process: Process) -> str:
    """``was killed by SIGKILL``, ``ended with exit code 1``."""
    code = process.returncode or 0
    if code < 0:
        named = {one.value: one.name for one in signal.Signals}
        return f"was killed by {named.get(-code, f'signal {-code}')}"
    return f"ended with exit code {code}"
