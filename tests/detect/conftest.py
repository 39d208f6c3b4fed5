from __future__ import annotations

import pytest

from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.settings import DetectSettings


@pytest.fixture(scope="session")
def detector() -> TransNetV2Detector:
    """The model with the official weights and protocol on the CPU."""
    return load_detector(DetectSettings(detect_mode="reference"), "cpu")
