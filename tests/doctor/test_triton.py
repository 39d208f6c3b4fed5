"""What doctor says of Triton, and of what builds its launchers."""

from __future__ import annotations

import sysconfig
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from gpu_service.doctor import triton
from gpu_service.doctor.check import Check, State
from gpu_service.doctor.triton import triton_check
from tests.doctor.installed import installed


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that is needed: the wheel, a compiler and Python's headers."""
    installed(tmp_path, monkeypatch, "triton")
    (tmp_path / "gcc").touch(mode=0o755)
    (tmp_path / "Python.h").touch()
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", {"include": str(tmp_path)}.__getitem__)
    return tmp_path


def test_what_is_there_is_named(machine: Path) -> None:
    assert triton_check(State.BROKEN) == Check("Triton", State.OK, f"9.9, {machine / 'gcc'}")


@pytest.mark.parametrize("missing", [State.ABSENT, State.BROKEN])
def test_absent_triton_is_named(missing: State, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(triton, "version", version)
    remedy = "pip install triton (torch for CUDA has it)"
    assert triton_check(missing) == Check("Triton", missing, "not installed", remedy)


@pytest.mark.parametrize("missing", [State.ABSENT, State.BROKEN])
def test_an_absent_compiler_is_named(missing: State, machine: Path) -> None:
    (machine / "gcc").unlink()
    remedy = "apt-get install gcc libc6-dev"
    assert triton_check(missing) == Check("Triton", missing, "9.9, no C compiler", remedy)


@pytest.mark.parametrize("missing", [State.ABSENT, State.BROKEN])
def test_absent_headers_are_named(missing: State, machine: Path) -> None:
    header = machine / "Python.h"
    header.unlink()
    assert triton_check(missing) == Check(
        "Triton", missing, f"9.9, {header} is absent", "apt-get install python3-dev"
    )
