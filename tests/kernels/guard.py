"""Memory between pages that nobody may read: a kernel that does ends the process.

A sample that counts with weight 0 shows in no result, but on a GPU there may be no memory where it was
read.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.kernels.poison import GARBAGE

_NO_ACCESS = 0


def guarded(tensor: Tensor, *, at_end: bool) -> Tensor:
    """A copy in host memory, contiguous, right before such a page, or right behind one."""
    if tensor.nbytes == 0:
        return tensor
    pages = -(-tensor.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, pages + 2 * mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for page in (address, address + mmap.PAGESIZE + pages):
        if ctypes.CDLL(None).mprotect(ctypes.c_void_p(page), mmap.PAGESIZE, _NO_ACCESS):
            raise OSError("mprotect has failed")
    offset = mmap.PAGESIZE + (pages - tensor.nbytes if at_end else 0)
    copy = torch.frombuffer(memory, dtype=tensor.dtype, count=tensor.numel(), offset=offset)
    return copy.view(tensor.shape).copy_(tensor)


def guard_new_memory(monkeypatch: pytest.MonkeyPatch, *, at_end: bool) -> None:
    """``torch.empty`` gives such memory, full of garbage."""
    real_empty = torch.empty

    def empty(*arguments: Any, **options: Any) -> Tensor:
        return guarded(real_empty(*arguments, **options).fill_(GARBAGE), at_end=at_end)

    monkeypatch.setattr(torch, "empty", empty)
