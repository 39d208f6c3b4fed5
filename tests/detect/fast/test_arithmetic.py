from __future__ import annotations

from pathlib import Path

import pytest

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast import arithmetic as module
from gpu_service.detect.fast.arithmetic import Arithmetic, fastest_arithmetic, float32_arithmetic
from gpu_service.detect.fast.bfloat16.convolutions import Bfloat16Convolutions
from gpu_service.detect.fast.blocks import FoldedConvolutions
from gpu_service.detect.fast.winograd.convolutions import WinogradConvolutions


@pytest.fixture(autouse=True)
def with_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether it works is found out once a process.
    monkeypatch.setattr(module, "_has_numba", module._has_numba.__wrapped__)
    monkeypatch.setattr(module, "find_spec", lambda name: object() if name == "numba" else None)
    monkeypatch.setattr(module, "import_module", lambda name: None)


@pytest.mark.parametrize(
    ("flags", "arithmetic"),
    [
        ("fpu avx2 fma", Arithmetic.WINOGRAD),
        ("fpu avx512f avx512_bf16 fsrm", Arithmetic.BFLOAT16),
        ("fpu amx_bf16 amx_tile", Arithmetic.BFLOAT16),
        ("fpu avx512_bf16_but_not_quite", Arithmetic.WINOGRAD),
    ],
)
def test_bfloat16_where_it_is_native(tmp_path: Path, flags: str, arithmetic: Arithmetic) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n")

    assert fastest_arithmetic(info) is arithmetic


def test_float32_where_the_system_does_not_say(tmp_path: Path) -> None:
    assert fastest_arithmetic(tmp_path / "absent") is Arithmetic.WINOGRAD


def test_float32_where_there_are_no_flags(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("Features\t: fp asimd bf16\n")

    assert fastest_arithmetic(tmp_path / "cpuinfo") is Arithmetic.WINOGRAD


def test_without_numba_torch_convolves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    info = tmp_path / "cpuinfo"
    info.write_text("flags\t\t: fpu amx_bf16\n")

    assert float32_arithmetic() is Arithmetic.TORCH_FLOAT32
    assert fastest_arithmetic(tmp_path / "absent") is Arithmetic.TORCH_FLOAT32
    assert fastest_arithmetic(info) is Arithmetic.TORCH_BFLOAT16


def test_a_numba_that_refuses_is_said_and_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(name: str) -> None:
        raise ImportError("Numba needs NumPy 2.3 or less. Got NumPy 2.4.")

    monkeypatch.setattr(module, "import_module", refuse)

    assert float32_arithmetic() is Arithmetic.TORCH_FLOAT32
    assert "NumPy 2.3 or less" in caplog.text


@pytest.mark.parametrize(
    ("arithmetic", "kind"),
    [
        (Arithmetic.BFLOAT16, Bfloat16Convolutions),
        (Arithmetic.WINOGRAD, WinogradConvolutions),
        (Arithmetic.TORCH_BFLOAT16, FoldedConvolutions),
        (Arithmetic.TORCH_FLOAT32, FoldedConvolutions),
    ],
)
def test_each_has_convolutions_of_its_own(arithmetic: Arithmetic, kind: type) -> None:
    assert type(arithmetic.convolutions([DilatedStack(3, 16)])) is kind
