"""Every kernel under Triton's interpreter, on CPU tensors, in a process that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernels.children import need_triton, run_python

HERE = Path(__file__).parent
OPS = sorted(path.parent.name for path in HERE.glob("*/interpreted.py"))


def test_every_op_has_such_checks() -> None:
    ops = HERE.parents[1] / "kernels" / "gpu_service_kernels"
    assert sorted(path.parent.name for path in ops.glob("*/kernel.py")) == OPS


@pytest.mark.parametrize("op", OPS)
def test_kernel_equals_reference(op: str) -> None:
    need_triton()
    checks = str(HERE / op / "interpreted.py")
    done = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", checks, interpreted=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
