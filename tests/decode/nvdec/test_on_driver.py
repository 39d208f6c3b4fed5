"""Each file of ``on_driver`` in a process of its own, on the stand-in driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.decode.nvdec.videos import FOLDER
from tests.nvdec_driver.child import run

_CHECKS = sorted((Path(__file__).parent / "on_driver").glob("check_*.py"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("checks", _CHECKS, ids=lambda path: path.stem)
def test_on_the_driver(driver: Path, drawings: Path, checks: Path) -> None:
    done = run(
        driver, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "python_files=check_*.py",
        "-o", "addopts=--strict-markers --strict-config", str(checks),
        **{FOLDER: str(drawings)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
