"""How this machine's CPU convolves fastest."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from gpu_service.detect.blocks import REACH_FRAMES, DilatedStack
from gpu_service.detect.fast.blocks import FoldedConvolutions
from gpu_service.detect.fast.handover import Handover

logger = logging.getLogger(__name__)

_CPU_INFO = Path("/proc/cpuinfo")
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16"}


LOOK_AHEAD_FRAMES = 6 * REACH_FRAMES
"""There are two blocks in each of three stacks."""


class Convolutions(Protocol):
    """The model's stacks, one after the other."""

    def __call__(
        self,
        rgb: Tensor,
        threads: Callable[[], int],
        before: Handover | None = None,
        after: Handover | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Convolve frames that follow each other; each comes out once
        :data:`LOOK_AHEAD_FRAMES` more are known.

        :param rgb: ``(T, 27, 48, 3)`` uint8.
        :param threads: how many may work on it now; asked anew now and then. The result is the same
            to the bit.
        :param before: what the frames before have left, or zeros stand there; waited for.
        :param after: for those that follow, or zeros stand there, and all frames come out.
        :returns: two float32: the means of each frame's pixels behind every stack, ``(N, 448)``,
            and all of them behind the last one, ``(N, 4608)``, channels last. They go on where what
            the frames before have given ends.
        """
        ...


class Arithmetic(Enum):
    """Ways to convolve on the CPU."""

    BFLOAT16 = "bfloat16"
    """torch's convolutions in bfloat16, with Numba's code in between
    (:mod:`gpu_service.detect.fast.bfloat16`)."""

    WINOGRAD = "float32, Winograd"
    """In float32 with a fifth of the multiplications (:mod:`gpu_service.detect.fast.winograd`), by
    torch and Numba."""

    TORCH_BFLOAT16 = "bfloat16, torch alone"
    TORCH_FLOAT32 = "float32, torch alone"

    @property
    def dtype(self) -> torch.dtype:
        """Of the convolutions."""
        low = self in (Arithmetic.BFLOAT16, Arithmetic.TORCH_BFLOAT16)
        return torch.bfloat16 if low else torch.float32

    def convolutions(self, stacks: Sequence[DilatedStack]) -> Convolutions:
        """Lay the weights out.

        :param stacks: not changed, and not needed afterwards.
        """
        # Numba takes a part of a second to import.
        if self is Arithmetic.BFLOAT16:
            from gpu_service.detect.fast.bfloat16.convolutions import Bfloat16Convolutions

            return Bfloat16Convolutions(stacks)
        if self is Arithmetic.WINOGRAD:
            from gpu_service.detect.fast.winograd.convolutions import WinogradConvolutions

            return WinogradConvolutions(stacks)
        return FoldedConvolutions(stacks, self.dtype)


def fastest_arithmetic(cpu_info: Path = _CPU_INFO) -> Arithmetic:
    """bfloat16 where the CPU multiplies it natively, which is twice as fast or more; elsewhere float32.

    :param cpu_info: in the format of Linux; where there is no such file, nothing is native.
    """
    try:
        flags = re.search(r"^flags\s*:(.*)$", cpu_info.read_text(), re.MULTILINE)
    except OSError:
        return float32_arithmetic()
    if flags is None or _NATIVE_BFLOAT16.isdisjoint(flags[1].split()):
        return float32_arithmetic()
    return Arithmetic.BFLOAT16 if _has_numba() else Arithmetic.TORCH_BFLOAT16


def float32_arithmetic() -> Arithmetic:
    """The faster one in float32: by Winograd where Numba is installed and works."""
    return Arithmetic.WINOGRAD if _has_numba() else Arithmetic.TORCH_FLOAT32


@cache
def _has_numba() -> bool:
    if find_spec("numba") is None:
        return False
    try:
        import_module("numba")
    except ImportError as error:
        # It refuses versions of NumPy that are newer than itself.
        logger.warning("the model is slower, since numba can't be imported: %s", error)
        return False
    return True
