"""The detector as a GPU has it, on the stand-in device: the whole model is recorded and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from gpu_service.detect.cuda import load
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.precision import FAST_DTYPE, FAST_ERROR
from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.windows import Window
from gpu_service.events import Scores
from gpu_service.settings import DetectSettings
from tests.detect.cuda.lazy_device import lazy_device
from tests.detect.footage import scene

_EXACT = 1e-5

_WINDOWS = [
    Window(np.concatenate([scene(60, 1), scene(40, 2)]), 50),
    Window(np.concatenate([scene(50, 3), scene(50, 4)]), 30),
]
"""Of scores up to 0.77 and up to 0.54."""


def replayed(
    detector: TransNetV2Detector, monkeypatch: pytest.MonkeyPatch, mode: str, threshold: float
) -> tuple[BatchDetector, list[float]]:
    """A detector, and how far it is off in either window."""
    settings = DetectSettings.model_validate(
        {"detect_mode": mode, "batch_windows": 1, "threshold": threshold}
    )
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    with lazy_device(monkeypatch):
        loaded = load.load_cuda_detector(detector.model, detector.fingerprint, settings, "cpu")
        scored = loaded.score(
            [DeviceWindow((torch.from_numpy(one.rgb),), one.kept) for one in _WINDOWS]
        )
    assert loaded.batch_windows == 2
    return loaded, off(scored, detector.score(_WINDOWS))


def off(scores: Sequence[Scores], official: Sequence[Scores]) -> list[float]:
    return [
        float(max(np.abs(one.single - wanted.single).max(), np.abs(one.many - wanted.many).max()))
        for one, wanted in zip(scores, official, strict=True)
    ]


def test_reference_mode_scores_as_the_official_protocol(
    detector: TransNetV2Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, errors = replayed(detector, monkeypatch, "reference", 0.5)
    assert max(errors) < _EXACT
    assert loaded.fingerprint == detector.fingerprint


def test_fast_mode_scores_so_where_it_matters_and_else_in_half_precision(
    detector: TransNetV2Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[torch.dtype] = []

    class Noted(WindowNetwork):
        def __init__(self, model: TransNetV2, dtype: torch.dtype = torch.float32) -> None:
            made.append(dtype)
            super().__init__(model, dtype)

    monkeypatch.setattr(load, "WindowNetwork", Noted)
    near_the_first = 0.77
    loaded, (doubtful, certain) = replayed(detector, monkeypatch, "fast", near_the_first)
    assert made == [torch.float32, FAST_DTYPE]
    assert loaded._exactly is not None
    assert loaded._exactly.error == FAST_ERROR
    assert loaded.rescored_frames == 50
    assert doubtful < _EXACT < certain < FAST_ERROR
    assert loaded.fingerprint != detector.fingerprint
