from __future__ import annotations

import pytest

from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.detect.fast.arithmetic import Arithmetic
from gpu_service.detect.fast.detector import FastDetector
from gpu_service.detect.fast.network import FastNetwork
from gpu_service.settings import DetectSettings


@pytest.fixture(scope="session")
def fast_detector() -> FastDetector:
    """The model with the official weights on the CPU, in fast mode."""
    loaded = load_detector(DetectSettings(detect_mode="fast", model_threads=1), "cpu")
    assert isinstance(loaded, FastDetector)
    return loaded


@pytest.fixture(scope="session", params=[Arithmetic.TORCH_FLOAT32, Arithmetic.WINOGRAD], ids=str)
def network(detector: TransNetV2Detector, request: pytest.FixtureRequest) -> FastNetwork:
    """In float32, either way."""
    return FastNetwork(detector.model, request.param)
