from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.process import Running

_MIB = 1024 * 1024
_HOLD = (
    "import sys, time; held = b'x' * (int(sys.argv[1]) * 2**20); print(len(held), end=''); "
    "time.sleep(0.3)"
)
_PARENT = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', "
    "\"held = b'x' * (200 * 2**20); print('held', flush=True); input()\"], "
    "stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True); child.stdout.readline(); "
    "time.sleep(0.5); child.communicate('')"
)


def _start(folder: Path, *words: str) -> Running:
    command = [sys.executable, *words]
    return Running(command, environment=os.environ, folder=folder, log=folder / "run.log")


def test_what_it_printed_and_took(tmp_path: Path) -> None:
    running = _start(tmp_path, "-c", _HOLD, "100")
    finished = running.wait()
    assert finished.exit_code == 0
    assert finished.stdout == str(100 * _MIB)
    assert finished.peak_bytes >= 100 * _MIB
    assert finished.cpu_seconds > 0
    assert finished.wall_seconds >= 0.3


def test_memory_of_its_children_counts(tmp_path: Path) -> None:
    finished = _start(tmp_path, "-c", _PARENT).wait()
    assert finished.peak_bytes >= 200 * _MIB


def test_memory_of_this_process_does_not_count(tmp_path: Path) -> None:
    small = _start(tmp_path, "-c", _HOLD, "10").wait()
    large = _start(tmp_path, "-c", _HOLD, "110").wait()
    assert large.peak_bytes - small.peak_bytes == pytest.approx(100 * _MIB, rel=0.1)


def test_a_failure_says_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3:\nlast words"):
        _start(tmp_path, "-c", "import sys; print('last words', file=sys.stderr); exit(3)").wait()


def test_ended_does_not_take_the_result_away(tmp_path: Path) -> None:
    running = _start(tmp_path, "-c", "input()")
    while not running.ended:
        pass
    # Standard input is empty, so that it ended with an error.
    assert running.wait(check=False).exit_code == 1
