"""``make test-gpu`` is no success where nothing can be tested."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.support.wheels import absent

_ROOT = Path(__file__).resolve().parents[2]
_BEGIN = "GPU_SERVICE_TEST_REQUIRE=1"


def last_command(target: str) -> str:
    """Of a target, as make would give it to a shell, with this Python."""
    if shutil.which("make") is None:
        absent("make is not installed; apt-get install make")
    said = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", f"VENV={sys.prefix}", target],
        cwd=_ROOT,
        # The suite itself is run by make.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    _, begin, rest = said.stdout.rpartition(_BEGIN)
    return begin + rest


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_fails_and_says_why(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", last_command("test-gpu")],
        cwd=_ROOT,
        # In the suite's own, pytest would lock out the user whom PostgreSQL runs as.
        env={**os.environ, "PYTEST_DEBUG_TEMPROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Exit: the GPU path can't be tested here: " in done.stdout + done.stderr
    assert "gpu-service doctor says more" in done.stdout + done.stderr
