from __future__ import annotations

import pytest

from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.settings import DetectSettings


@pytest.fixture(scope="session")
def detector() -> TransNetV2Detector:
    """The model with the official weights on the CPU, in reference mode."""
    loaded = load_detector(DetectSettings(detect_mode="reference", model_threads=1), "cpu")
    assert isinstance(loaded, TransNetV2Detector)
    return loaded
