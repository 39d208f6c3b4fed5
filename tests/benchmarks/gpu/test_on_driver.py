from __future__ import annotations

from pathlib import Path

from tests.nvdec_driver.child import run_checks


def test_on_the_driver(driver: Path) -> None:
    run_checks(driver, Path(__file__).parent / "on_driver")
