"""Each file of ``on_driver`` in a process of its own, on the stand-in driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.decode.nvdec.videos import FOLDER
from tests.nvdec_driver.child import run_checks

_CHECKS = sorted((Path(__file__).parent / "on_driver").glob("check_*.py"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("checks", _CHECKS, ids=lambda path: path.stem)
def test_on_the_driver(driver: Path, drawings: Path, checks: Path) -> None:
    run_checks(driver, checks, **{FOLDER: str(drawings)})
