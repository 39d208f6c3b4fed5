"""Python processes of their own, for what an environment variable decides at import."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def need_triton() -> None:
    """Skips the test where Triton is missing, fails it where CI demands it."""
    if find_spec("triton") is None:
        message = "triton is missing: it comes with torch's CUDA builds"
        if os.environ.get("GPU_SERVICE_TEST_REQUIRE"):
            pytest.fail(message)
        pytest.skip(message)


def run_python(
    *arguments: str, interpreted: bool = False, path: tuple[Path, ...] = (ROOT, ROOT / "kernels")
) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository, with Triton's interpreter or without."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    if interpreted:
        environment["TRITON_INTERPRET"] = "1"
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
