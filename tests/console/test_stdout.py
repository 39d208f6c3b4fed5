"""What a library prints is not among the results."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from gpu_service.console.stdout import results_alone

_NOISY = """
import os, sys
from gpu_service import cli

@cli.app.command()
def noisy() -> None:
    os.write(1, b"Decode Error occurred for picture 3\\n")
    sys.stdout.write("{}\\n")
    os.write(1, b"and another\\n")

cli.main(["noisy"])
"""


def test_results_stay_alone_on_stdout() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _NOISY], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "{}\n"
    assert done.stderr.splitlines()[-2:] == ["Decode Error occurred for picture 3", "and another"]


def test_afterwards_stdout_is_what_it_was() -> None:
    code = (
        "import os\nfrom gpu_service.console.stdout import results_alone\n"
        "print('before')\nwith results_alone():\n    print('within')\n"
        "print('behind', flush=True)\nos.write(1, b'and a library\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["before", "within", "behind", "and a library"]


def test_a_closed_pipe_is_the_commands_error_as_before() -> None:
    code = (
        "import sys\nfrom gpu_service.console.stdout import results_alone\n"
        "with results_alone():\n    sys.stdout.write('x' * 1000000)\n    sys.stdout.flush()\n"
    )
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true; exit "${PIPESTATUS[0]}"', sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "BrokenPipeError" in done.stderr


def test_another_stdout_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    with results_alone():
        assert sys.stdout is said
