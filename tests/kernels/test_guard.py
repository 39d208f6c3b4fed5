"""Triton's interpreter reads where a kernel says, so that guarded memory shows what it should not."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.kernels.children import need_triton, run_python

_READS = """
import sys
import torch
import triton
import triton.language as tl
from tests.kernels.guard import guarded

@triton.jit
def read(memory, result, at):
    tl.store(result, tl.load(memory + at))

beyond = int(sys.argv[1])
memory = guarded(torch.full((5,), 7, dtype=torch.uint8), at_end=beyond > 0)
result = torch.zeros(1, dtype=torch.uint8)
for at in (0, 4, beyond):
    read[(1,)](memory, result, at)
    print(int(result), flush=True)
"""


@pytest.mark.parametrize("beyond", [5, -1])
def test_a_read_beyond_ends_the_process(beyond: int, tmp_path: Path) -> None:
    need_triton()
    file = tmp_path / "reads.py"
    file.write_text(_READS)
    done = run_python(str(file), str(beyond), interpreted=True)
    assert done.stdout.split() == ["7", "7"], done.stderr
    assert done.returncode == -signal.SIGSEGV
