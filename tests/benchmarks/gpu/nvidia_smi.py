"""A stand-in for ``nvidia-smi``, as a program on the PATH."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

_WAIT_SECONDS = 20

_PROGRAM = """#!{python}
import pathlib, sys, time
arguments = {{word.partition("=")[0]: word.partition("=")[2] for word in sys.argv[1:]}}
assert arguments["--query-gpu"] == "utilization.gpu,utilization.decoder"
assert arguments["--format"] == "csv,noheader,nounits"
assert arguments["--id"] == "0" and int(arguments["--loop-ms"]) <= 500
print({said!r}, end="", flush=True)
pathlib.Path({done!r}).touch()
time.sleep(600)
"""


def says(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """Put it on the PATH; the file that is there once it has said everything."""
    done = folder / "said"
    program = folder / "nvidia-smi"
    program.write_text(_PROGRAM.format(python=sys.executable, said=text, done=str(done)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return done


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
