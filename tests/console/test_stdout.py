"""What a library prints is not among the results."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from gpu_service.console.stdout import results_alone

_NOISY = """
import ctypes, sys
from gpu_service import cli

@cli.app.command()
def noisy(lines: int = 1) -> None:
    ctypes.CDLL(None).printf(b"Decode Error occurred for picture 3\\n")
    sys.stdout.write("{}\\n" * lines)
    ctypes.CDLL(None).printf(b"and another\\n")

cli.main(["noisy", *sys.argv[1:]])
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Without ``PYTHONUNBUFFERED``, with which C's stdout keeps nothing back."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)


def test_results_stay_alone_on_stdout() -> None:
    done = run(sys.executable, "-c", _NOISY)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "{}\n"
    assert done.stderr.splitlines()[-2:] == ["Decode Error occurred for picture 3", "and another"]


def test_a_reader_that_has_gone_is_no_fault_of_ours() -> None:
    script = '"$0" -c "$1" --lines 1000000 | head -n 1; exit "${PIPESTATUS[0]}"'
    done = run("bash", "-c", script, sys.executable, _NOISY)
    assert done.returncode == 1
    assert done.stdout == "{}\n"
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_results_that_can_not_be_written_are_an_error() -> None:
    done = run("bash", "-c", '"$0" -c "$1" > /dev/full', sys.executable, _NOISY)
    assert done.returncode == 70
    assert "No space left on device" in done.stderr


def test_afterwards_stdout_is_what_it_was() -> None:
    code = (
        "import os\nfrom gpu_service.console.stdout import results_alone\n"
        "print('before')\nwith results_alone():\n    print('within')\n"
        "print('behind', flush=True)\nos.write(1, b'and a library\\n')\n"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.splitlines() == ["before", "within", "behind", "and a library"]


def test_another_stdout_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    with results_alone():
        assert sys.stdout is said
