"""SIGTERM and Ctrl-C: every process stops, and the command says for all of them what is undone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.test_analyze import timeline_rows
from tests.pipeline.conftest import Place
from tests.pipeline.holds import Sql
from tests.pipeline.processes import Commands
from tests.pipeline.state import left_in
from tests.processes.alive import await_gone, processes_of
from tests.processes.held import held
from tests.support.faulty_s3 import FaultyS3

A_WHILE_SECONDS = 30.0


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_stopped_run_says_what_is_undone(
    number: signal.Signals,
    place: Place,
    proxy: FaultyS3,
    sql: Sql,
    commands: Commands,
    clip: Path,
    tmp_path: Path,
) -> None:
    trace, summary = tmp_path / "trace.json", tmp_path / "run.json"
    run = held(place, proxy, commands, clip, "--trace", str(trace), "--summary", str(summary))
    run.running.signal(number)
    outcome = run.running.outcome(seconds=A_WHILE_SECONDS)
    await_gone(run.processes)

    assert outcome.code == 75, outcome.errors
    assert [result["source"] for result in outcome.results] == run.sources
    assert [result["error"]["reason"] for result in outcome.results] == ["interrupted"] * 3
    *_, last = outcome.errors.splitlines()
    assert last.startswith(f"gpu-service: interrupted: stopped by {number.name};")
    assert outcome.errors.splitlines()[-5:-1] == [
        "undone: 3 of 3 videos",
        *(f"  {source}" for source in run.sources),
    ]
    assert "Traceback" not in outcome.errors
    rows = {row["id"]: (row["status"], row["reason"]) for row in left_in(place).videos}
    assert rows == dict.fromkeys((1, 2), ("failed", "interrupted"))

    made = json.loads(summary.read_text())["run"]
    assert made["error"]["reason"] == "interrupted"
    assert made["videos"]["undone"] == 3
    assert made["stages"]["open"]["count"] == 2

    run.let_go()
    sql.await_no_service()
    again = place.analyze(*run.sources)
    assert again.code == 0, again.errors
    assert place.run("verify").code == 0
    assert {(source, "open") for source in run.sources[:2]} <= timeline_rows(trace)


def test_ctrl_c_while_processes_start_is_one_line(place: Place, clip: Path) -> None:
    sources = [place.upload(f"videos/session_7/video_{number}.mp4", clip) for number in (1, 2)]
    running = subprocess.Popen(
        [sys.executable, "-m", "gpu_service", "analyze", *sources, "--processes", "2"],
        env=place.environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    await_imports(running.pid)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 75
    assert errors.splitlines() == [
        "gpu-service: interrupted: stopped by SIGINT; nothing is half-written, run it again"
    ]


def await_imports(pid: int) -> None:
    """Wait until both processes of this run import what they need."""
    end = time.monotonic() + 60
    while True:
        assert time.monotonic() < end
        maps = [Path(f"/proc/{process}/maps").read_text() for process in processes_of(pid)]
        if len(maps) == 2 and all("pydantic_core" in text for text in maps):
            return
        time.sleep(0.005)
