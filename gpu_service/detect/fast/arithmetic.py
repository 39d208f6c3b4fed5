"""How this machine's CPU convolves fastest."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.blocks import FoldedStack

_CPU_INFO = Path("/proc/cpuinfo")
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16"}


class Stack(Protocol):
    """A :class:`DilatedStack`; frames take the place of the batch."""

    def __call__(self, x: Tensor, threads: Callable[[], int] = ...) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H // 2, W // 2)``, both channels-last.

        :param threads: how many may work on it now; asked anew now and then. The result is the same
            to the bit.
        """
        ...


class Arithmetic(Enum):
    """Ways to convolve on the CPU."""

    BFLOAT16 = "bfloat16"
    """torch's convolutions in bfloat16."""

    WINOGRAD = "float32, Winograd"
    """In float32 with a quarter of the multiplications (:mod:`gpu_service.detect.fast.winograd`);
    what it keeps of a run doesn't grow with it, so that runs may be long."""

    FLOAT32 = "float32"
    """torch's convolutions in float32."""

    @property
    def dtype(self) -> torch.dtype:
        """Of what goes in and comes out."""
        return torch.bfloat16 if self is Arithmetic.BFLOAT16 else torch.float32

    @property
    def run_windows(self) -> tuple[int, ...]:
        """How many windows a run has at most: the first of a video, one that begins at its second
        or third window, and so on. Each run repeats 50 frames of the run before, so that long ones
        cost less; what comes first should be known soon."""
        return (1, 2, 4, 8) if self is Arithmetic.WINOGRAD else (1, 2, 4)

    def stack(self, stack: DilatedStack) -> Stack:
        """Lay a stack's weights out.

        :param stack: not changed, and not needed afterwards.
        """
        if self is Arithmetic.WINOGRAD:
            # Numba takes half a second to import.
            from gpu_service.detect.fast.winograd.stack import WinogradStack

            return WinogradStack(stack)
        return FoldedStack(stack, self.dtype)


def fastest_arithmetic(cpu_info: Path = _CPU_INFO) -> Arithmetic:
    """bfloat16 where the CPU multiplies it natively, at twice the rate; elsewhere float32.

    :param cpu_info: in the format of Linux; where there is no such file, nothing is native.
    """
    try:
        flags = re.search(r"^flags\s*:(.*)$", cpu_info.read_text(), re.MULTILINE)
    except OSError:
        return float32_arithmetic()
    native = flags is not None and not _NATIVE_BFLOAT16.isdisjoint(flags[1].split())
    return Arithmetic.BFLOAT16 if native else float32_arithmetic()


def float32_arithmetic() -> Arithmetic:
    """The faster one in float32: by Winograd where Numba is installed."""
    return Arithmetic.WINOGRAD if find_spec("numba") else Arithmetic.FLOAT32
