"""Processes that can't be started, and how they are stopped."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import anyio
import pytest
from anyio.abc import Process

from gpu_service.errors import TransientError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.processes import member, started
from tests.processes.alive import await_gone, processes_of
from tests.processes.heard import Heard, job

pytestmark = pytest.mark.anyio


@contextmanager
def all_sockets_closed() -> Iterator[None]:
    """At the end of the block those are that were made in it."""
    make = socket.socketpair
    made: list[socket.socket] = []

    def note() -> tuple[socket.socket, socket.socket]:
        pair = make()
        made.extend(pair)
        return pair

    with patch.object(socket, "socketpair", note):
        yield
    left = [end for end in made if end.fileno() >= 0]
    for end in left:
        end.close()
    assert made
    assert left == []


async def test_what_can_t_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    refused = pytest.raises(TransientError, match="No such file or directory; ask for fewer")
    with all_sockets_closed(), refused as caught:
        await Heard().analyze([job("a"), job("b")])
    assert caught.value.reason == "no_process"


async def test_what_can_t_be_started_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    start = anyio.open_process
    begun, running = [], anyio.Event()

    async def start_one(*words: Any, **options: Any) -> Process:
        begun.append(words)
        if len(begun) == 2:
            await running.wait()
            raise BlockingIOError(11, "Resource temporarily unavailable")
        process = await start(*words, **options)
        running.set()
        return process

    monkeypatch.setattr(anyio, "open_process", start_one)
    refused = pytest.raises(TransientError, match="temporarily unavailable; ask for fewer")
    with all_sockets_closed(), refused:
        await Heard().analyze([job("a"), job("b")])
    assert processes_of(os.getpid()) == set()


async def test_one_is_told_to_stop_when_what_it_says_can_t_be_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(started, "STOP_SECONDS", 5.0)
    heard = Heard()

    def done(job: VideoJob, result: VideoResult) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(heard, "done", done)
    with pytest.raises(BrokenPipeError):
        await heard.analyze([job("a", "lingers"), job("b", "waits")])
    assert heard.lines == ["was told to stop"]
    assert heard.under_way == []
    assert processes_of(os.getpid()) == set()


async def test_one_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (member, started):
        monkeypatch.setattr(module, "STOP_SECONDS", 0.05)
    heard = Heard()
    by_the_test: list[int] = []

    def kill() -> None:
        # What waits for it can't be cancelled.
        for pid in processes_of(os.getpid()):
            by_the_test.append(pid)
            os.kill(pid, signal.SIGKILL)

    killer = threading.Timer(30, kill)
    async with anyio.create_task_group() as group:
        group.start_soon(heard.analyze, [job("a", "stays")])
        await heard.said.wait()
        pids = processes_of(os.getpid())
        killer.start()
        group.cancel_scope.cancel()
    killer.cancel()
    killer.join()
    await_gone(pids)
    assert by_the_test == []
