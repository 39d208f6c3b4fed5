"""The whole command on the stand-in driver, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nvdec_driver.child import run_checks


@pytest.mark.timeout(600)
def test_the_whole_command_on_the_driver(driver: Path) -> None:
    run_checks(driver, Path(__file__).parent / "on_driver")
