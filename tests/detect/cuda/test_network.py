from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.precision import FAST_DTYPE, FAST_ERROR
from gpu_service.detect.detector import TransNetV2Detector
from tests.detect.footage import scene


def windows() -> Tensor:
    """A cut, and a slow pan."""
    return torch.from_numpy(np.stack([np.concatenate([scene(60, 1), scene(40, 2)]), scene(100, 3)]))


def official(detector: TransNetV2Detector, rgb: Tensor) -> Tensor:
    with torch.inference_mode():
        return torch.sigmoid(torch.stack(detector.model(rgb)))[:, :, 25:75]


def test_float32_is_the_official_computation(detector: TransNetV2Detector) -> None:
    rgb = windows()
    with torch.inference_mode():
        heads = WindowNetwork(detector.model)(rgb)
    torch.testing.assert_close(heads, official(detector, rgb), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("dtype", "error"), [(FAST_DTYPE, FAST_ERROR), (torch.bfloat16, 0.025)])
def test_half_precision_is_near_it(
    detector: TransNetV2Detector, dtype: torch.dtype, error: float
) -> None:
    rgb = windows()[:1]
    with torch.inference_mode():
        heads = WindowNetwork(detector.model, dtype)(rgb)
    assert heads.dtype == torch.float32
    torch.testing.assert_close(heads, official(detector, rgb), atol=error, rtol=0)


def test_a_window_does_not_see_the_others(detector: TransNetV2Detector) -> None:
    network = WindowNetwork(detector.model)
    rgb = windows()
    with torch.inference_mode():
        alone = network(rgb[1:2])
        among = network(rgb)
    torch.testing.assert_close(among[:, 1:2], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_model_is_left_as_it_was(detector: TransNetV2Detector, dtype: torch.dtype) -> None:
    before = {key: value.clone() for key, value in detector.model.state_dict().items()}
    WindowNetwork(detector.model, dtype)
    after = detector.model.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


class Convolutions(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes whether each one's input lies as cuDNN takes it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.channels_last: list[bool] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function is torch.ops.aten.convolution.default:
            image = args[0]
            last = image.is_contiguous(memory_format=torch.channels_last)
            self.channels_last.append(last)
        return function(*args, **(kwargs or {}))


def test_no_convolution_has_to_lay_its_input_out_anew(detector: TransNetV2Detector) -> None:
    network, rgb = WindowNetwork(detector.model), windows()
    with torch.inference_mode(), Convolutions() as seen:
        network(rgb)
    # Of six blocks, four branches, two each.
    assert seen.channels_last == [True] * 48
