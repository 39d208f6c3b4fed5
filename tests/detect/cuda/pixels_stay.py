"""Refuses what brings a tensor to the host: where the device is a stand-in it would not be seen."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gpu_service.detect.windows import STRIDE_FRAMES
from tests.support.switch import Switch

_READS = {Tensor.cpu, Tensor.numpy, Tensor.tolist, Tensor.item, Tensor.__array__}
_PIXELS = {torch.uint8, torch.uint16}


class PixelsStay(Switch, TorchFunctionMode):
    """In this thread; the model's scores alone may be read, and, switched off, what the test reads."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if not self.is_off and (
            (func in _READS and not _are_scores(args[0]))
            or (func is Tensor.to and args[0].dtype in _PIXELS and _to_host(args[1:], given))
        ):
            raise AssertionError(f"{args[0].dtype} {tuple(args[0].shape)} goes to the host")
        return func(*args, **given)


def _are_scores(tensor: Tensor) -> bool:
    heads, _, frames = tensor.shape if tensor.ndim == 3 else (0, 0, 0)
    return tensor.dtype == torch.float32 and (heads, frames) == (2, STRIDE_FRAMES)


def _to_host(places: tuple[Any, ...], given: dict[str, Any]) -> bool:
    return any(str(place) == "cpu" for place in (*places, given.get("device")))
