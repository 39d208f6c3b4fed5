"""Processes that end before their videos do: those have failed, and the others do the rest."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any

import anyio
import pytest
from anyio.abc import Process

from gpu_service.errors import InternalError, TransientError
from gpu_service.processes import member
from gpu_service.processes.started import how_it_ended, started
from tests.processes.alive import processes_of
from tests.processes.heard import Heard, job
from tests.processes.talker import TALKER

pytestmark = pytest.mark.anyio

DEATHS = {
    "exits": ("ended with exit code 3", InternalError),
    "dies": ("was killed by SIGKILL; run it again, with fewer --processes if", TransientError),
    "crashes": ("was killed by SIGSEGV", InternalError),
}
EXITS = ("-c", "raise SystemExit(3)")


@pytest.mark.parametrize("death", DEATHS)
async def test_the_others_do_what_a_dead_one_leaves(
    death: str, caplog: pytest.LogCaptureFixture
) -> None:
    how, kind = DEATHS[death]
    heard = Heard()
    with caplog.at_level(logging.WARNING, logger="gpu_service"):
        code = await heard.analyze([job("a", death), *map(job, "bcd")])
    assert code == kind.exit_code
    assert heard.ended == {"a": "process_died"} | dict.fromkeys("bcd", "complete")
    failed = heard.results[[*heard.ended].index("a")]
    assert (failed.retryable, failed.exit_code) == (kind.retryable, kind.exit_code)
    assert failed.message is not None
    assert failed.message.startswith("s3://raw/a: process ")
    assert how in failed.message
    assert "one process less: process " in caplog.text
    assert len({result.backend for result in heard.results} - {""}) == 1
    assert heard.under_way == []
    assert processes_of(os.getpid()) == set()


@pytest.mark.parametrize("death", DEATHS)
async def test_the_last_death_ends_a_run_with_videos_left(death: str) -> None:
    how, kind = DEATHS[death]
    heard = Heard()
    with pytest.raises(kind, match=how) as caught:
        await heard.analyze([job("a", death), job("b", death), job("c")])
    assert caught.value.reason == "process_died"
    assert heard.ended == dict.fromkeys("ab", "process_died")
    assert heard.under_way == []


async def test_deaths_with_nothing_left_to_do_are_no_error_of_the_run() -> None:
    heard = Heard()
    assert await heard.analyze([job("a", "exits"), job("b", "exits")]) == 70
    assert heard.ended == dict.fromkeys("ab", "process_died")


@pytest.mark.parametrize(
    "program",
    [EXITS, ("-c", "import os; os.kill(os.getpid(), 9)"), ("-c", "raise KeyError")],
    ids=["exits", "is-killed", "raises"],
)
async def test_programs_that_are_dead_at_once(program: tuple[str, str]) -> None:
    heard = Heard()
    with pytest.raises((InternalError, TransientError), match="of the run") as caught:
        await heard.analyze([job("a"), job("b")], program)
    assert caught.value.reason == "process_died"
    assert heard.results == []


@pytest.mark.parametrize("deed", ["exits", "dies"])
async def test_one_that_is_dead_at_once_leaves_all_to_the_other(deed: str) -> None:
    heard = Heard()
    assert await heard.analyze([*map(job, "abc")], (*TALKER, f"1:{deed}")) == 0
    assert heard.ended == dict.fromkeys("abc", "complete")
    assert {result.backend for result in heard.results} == {"process 2"}


async def test_one_that_is_dead_before_it_is_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class StartedAndDead:
        def __init__(self, *words: Any) -> None:
            self._started = started(*words)

        async def __aenter__(self) -> Process:
            process = await self._started.__aenter__()
            await process.wait()
            return process

        async def __aexit__(self, *error: object) -> bool | None:
            return await self._started.__aexit__(*error)  # type: ignore[arg-type]

    monkeypatch.setattr(member, "started", StartedAndDead)
    with pytest.raises(InternalError, match="exit code 3") as caught:
        await Heard().analyze([job("a"), job("b")], EXITS)
    assert caught.value.reason == "process_died"


async def test_the_next_of_a_source_begins_when_the_one_before_has_died() -> None:
    heard = Heard()
    first, second = job("a", "exits", video_id=1), job("a", video_id=2)
    assert await heard.analyze([first, second, job("b")]) == 70
    ended = {result.video.id: result.reason for result in heard.results}
    assert ended == {1: "process_died", 2: None, job("b").video.id: None}


async def test_what_a_dead_one_has_left_running_keeps_nobody_waiting() -> None:
    heard = Heard()
    assert await heard.analyze([job("a", "leaves_a_child")], processes=1) == 0
    (pid,) = map(int, heard.lines)
    # It still runs, or there would be nobody to kill.
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (3, "ended with exit code 3"),
        (-9, "was killed by SIGKILL"),
        (-40, "was killed by signal 40"),
    ],
)
async def test_how_one_ended_is_said(code: int, how: str) -> None:
    end = f"os.kill(os.getpid(), {-code})" if code < 0 else f"os._exit({code})"
    async with await anyio.open_process([sys.executable, "-c", f"import os; {end}"]) as process:
        await process.wait()
    assert how_it_ended(process) == how
