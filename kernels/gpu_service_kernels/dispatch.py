"""Which of an op's two implementations runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def takes_kernel(device_type: str, *, interpreted: bool) -> bool:
    """CUDA tensors take the kernel; CPU tensors only where Triton's interpreter can run it."""
    return device_type == "cuda" or (interpreted and device_type == "cpu")


def interpreter_asked() -> bool:
    """Whether ``TRITON_INTERPRET`` is set, read as Triton reads it.

    Triton looks once, when a kernel is imported; set it before the process starts.
    """
    return os.environ.get("TRITON_INTERPRET", "").lower() in ("1", "true", "yes", "on", "y")


def kernel_runs(tensor: Tensor) -> bool:
    """Whether an op on this tensor runs its kernel."""
    return takes_kernel(tensor.device.type, interpreted=interpreter_asked())


def on_device_of(tensor: Tensor) -> AbstractContextManager[object]:
    """Triton launches on the current device, whichever one the tensors are on."""
    return torch.cuda.device(tensor.device) if tensor.is_cuda else nullcontext()


def described_by(
    reference: Callable[_Parameters, _Result],
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Gives the kernel the reference's docstring: one contract, and mypy compares the signatures."""

    def describe(kernel: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        kernel.__doc__ = reference.__doc__
        return kernel

    return describe
