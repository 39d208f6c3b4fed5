"""A process on the stand-in driver: its libraries must be found before the process starts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nvdec_driver.build import HEADERS

ROOT = Path(__file__).resolve().parents[2]


def missing() -> str | None:
    """What this machine lacks for the stand-in driver, and the remedy."""
    if shutil.which("gcc") is None:
        return "gcc is absent; apt-get install gcc"
    if not HEADERS.exists():
        return f"{HEADERS} is absent; apt-get install libffmpeg-nvenc-dev"
    if importlib.util.find_spec("PyNvVideoCodec") is None:
        return "PyNvVideoCodec is absent; pip install PyNvVideoCodec==2.2.4"
    return None


def need_driver() -> None:
    """Skip the test where :func:`missing` names something, fail it where CI demands it."""
    reason = missing()
    if reason is not None:
        if os.environ.get("GPU_SERVICE_TEST_REQUIRE"):
            pytest.fail(reason)
        pytest.skip(reason)


def run(driver: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments on the driver in that folder."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "kernels")])
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "LD_LIBRARY_PATH": str(driver),
            "PYTHONPATH": path,
            # The frames are tiny, and threads would only wait for one another.
            "OMP_NUM_THREADS": "1",
            # In the suite's own, pytest would lock out the user whom PostgreSQL runs as.
            "PYTEST_DEBUG_TEMPROOT": str(driver),
            **environment,
        },
    )


def run_checks(driver: Path, checks: Path, **environment: str) -> None:
    """Run a file of tests there; fails as they do."""
    done = run(
        driver, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "python_files=check_*.py",
        "-o", "addopts=--strict-markers --strict-config", str(checks),
        **environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
