"""Processes of a run that are killed while they read: what is left is mended by the same command."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.pipeline.conftest import Place
from tests.pipeline.holds import Sql
from tests.pipeline.processes import Commands
from tests.pipeline.state import left_in
from tests.processes.alive import await_gone
from tests.processes.held import held
from tests.support.faulty_s3 import FaultyS3

pytestmark = pytest.mark.usefixtures("stand_ins")


def assert_mended(place: Place, sql: Sql, sources: list[str]) -> None:
    sql.await_no_service()
    again = place.analyze(*sources, "--processes", "1")
    assert again.code == 0, again.errors
    assert [result["status"] for result in again.results] == ["complete"] * 3
    assert [len(place.events(number)) for number in (1, 2, 3)] == [3, 3, 3]
    verified = place.run("verify")
    assert verified.code == 0, verified.errors


@pytest.mark.parametrize(
    ("number", "reason", "said", "row"),
    [
        (signal.SIGKILL, "process_died", "was killed by SIGKILL; run it again", "running"),
        (signal.SIGTERM, "interrupted", "stopped by SIGTERM; nothing is half-written", "failed"),
    ],
    ids=["killed", "told-to-stop"],
)
def test_one_that_is_ended_fails_its_video_alone(
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    clip: Path,
    number: signal.Signals,
    reason: str,
    said: str,
    row: str,
) -> None:
    run = held(place, proxy, commands, clip)
    victim, other = run.processes
    os.kill(victim, number)
    await_gone([victim])
    run.let_go()
    outcome = run.running.outcome()
    assert outcome.code == 75, outcome.errors
    (failed,) = [result for result in outcome.results if result["error"] is not None]
    assert (failed["status"], failed["error"]["reason"]) == ("failed", reason)
    assert failed["error"]["retryable"]
    assert said in failed["error"]["message"]
    assert failed["source"] in run.sources[:2]
    rest = {result["video_id"]: result["status"] for result in outcome.results}
    del rest[failed["video_id"]]
    assert rest == dict.fromkeys({1, 2, 3} - {failed["video_id"]}, "complete")
    assert "one process less: " in outcome.errors
    assert "3 videos (2 complete, 1 failed)" in outcome.errors
    assert place.video(failed["video_id"])["status"] == row
    await_gone([other])
    left_in(place)
    assert_mended(place, sql, run.sources)


def test_all_end_when_the_one_that_started_them_is_killed(
    place: Place, proxy: FaultyS3, sql: Sql, commands: Commands, clip: Path
) -> None:
    run = held(place, proxy, commands, clip)
    run.running.kill()
    await_gone(run.processes)
    rows = {row["id"]: (row["status"], row["reason"]) for row in left_in(place).videos}
    assert rows == dict.fromkeys((1, 2), ("failed", "interrupted"))
    run.let_go()
    assert_mended(place, sql, run.sources)
