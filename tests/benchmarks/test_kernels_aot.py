"""Every kernel compiles for every GPU that the service may meet."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.kernels_aot import ARCHITECTURES
from tests.kernels.children import ROOT, need_triton, run_python


def test_all_kernels_for_all_architectures() -> None:
    need_triton()
    done = run_python("-m", "benchmarks.kernels_aot")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"│ (\w+)[^│]*│\s*sm_(\d+) │\s*(\d+) │\s*0 │", done.stdout)
    assert {int(architecture) for _, architecture, _ in rows} == set(ARCHITECTURES)
    folders: set[Path] = set((ROOT / "kernels" / "gpu_service_kernels").glob("*/kernel.py"))
    assert {op for op, _, _ in rows} == {path.parent.name for path in folders}
    assert len(rows) % len(ARCHITECTURES) == 0
    assert all(0 < int(registers) <= 255 for _, _, registers in rows)
