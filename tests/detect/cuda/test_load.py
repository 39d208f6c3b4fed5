"""The detector as a GPU has it, on the stand-in device: the whole model is recorded and replayed."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
import torch

from gpu_service.detect.cuda import load
from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.fast.detector import PRECISION_ERROR
from gpu_service.detect.windows import Window
from gpu_service.settings import DetectSettings
from tests.detect.cuda.lazy_device import lazy_device
from tests.detect.footage import scene


@pytest.mark.parametrize(
    ("mode", "tolerance"),
    [("fast", PRECISION_ERROR), ("reference", 1e-5)],
    ids=["fast", "reference"],
)
def test_replayed_windows_score_as_the_official_protocol(
    detector: TransNetV2Detector, monkeypatch: pytest.MonkeyPatch, mode: str, tolerance: float
) -> None:
    # What a CPU is quick at; the order of things is the same.
    monkeypatch.setattr(load, "FAST_DTYPE", torch.bfloat16)
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    settings = DetectSettings.model_validate({"detect_mode": mode, "batch_windows": 1})
    windows = [
        Window(np.concatenate([scene(60, 1), scene(40, 2)]), 50),
        Window(scene(100, 3), 20),
    ]
    official = detector.score(windows)

    with lazy_device(monkeypatch):
        replayed = load.load_cuda_detector(detector.model, detector.fingerprint, settings, "cpu")
        scored = replayed.score(
            [DeviceWindow((torch.from_numpy(one.rgb),), one.kept) for one in windows]
        )

    assert replayed.batch_windows == 2
    assert (replayed.fingerprint == detector.fingerprint) == (mode == "reference")
    for scores, wanted in zip(scored, official, strict=True):
        np.testing.assert_allclose(scores.single, wanted.single, atol=tolerance)
        np.testing.assert_allclose(scores.many, wanted.many, atol=tolerance)
