from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gpu_service.detect.fast.precision import fastest_dtype


@pytest.mark.parametrize(
    ("flags", "dtype"),
    [
        ("fpu avx2 fma", torch.float32),
        ("fpu avx512f avx512_bf16 fsrm", torch.bfloat16),
        ("fpu amx_bf16 amx_tile", torch.bfloat16),
        ("fpu avx512_bf16_but_not_quite", torch.float32),
    ],
)
def test_bfloat16_where_it_is_native(tmp_path: Path, flags: str, dtype: torch.dtype) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n")

    assert fastest_dtype(info) is dtype


def test_float32_where_the_system_does_not_say(tmp_path: Path) -> None:
    assert fastest_dtype(tmp_path / "absent") is torch.float32


def test_float32_where_there_are_no_flags(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("Features\t: fp asimd bf16\n")

    assert fastest_dtype(tmp_path / "cpuinfo") is torch.float32
