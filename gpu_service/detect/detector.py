"""The event model at work: frames in, scores out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from gpu_service.detect import base
from gpu_service.detect.fast.detector import FastDetector
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.weights import OFFICIAL_SHA256, Weights, load_weights, official_weights
from gpu_service.detect.windows import MARGIN_FRAMES, Window, WindowStream
from gpu_service.errors import SettingsError
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames
from gpu_service.settings import DetectSettings

if TYPE_CHECKING:
    from gpu_service.detect.cuda.detector import BatchDetector

_MISMATCHES_SHOWN = 3


def load_detector(
    settings: DetectSettings, device: str, weights_data: bytes | None = None
) -> TransNetV2Detector | FastDetector | BatchDetector:
    """Read the weights that the settings name and put the model on a device.

    On the CPU and on CUDA either mode has a detector of its own; on any other device the official
    protocol runs.

    :param weights_data: the file's content where ``settings.weights`` is no local path; whoever
        calls has fetched it.
    :raises SettingsError: the weights are missing, not the expected ones, or of another model.
    :raises TransientError: the GPU has no room.
    :raises InternalError: the GPU has failed.
    """
    name, sha256 = settings.weights, settings.weights_sha256
    if weights_data is not None:
        weights = load_weights(weights_data, sha256, name=name)
    elif "://" in name:
        raise SettingsError(f"{name}: weights must be fetched before they load", reason="weights")
    else:
        path = Path(os.path.expanduser(name)) if name else official_weights()
        weights = load_weights(path, sha256)
    model, threads = build_model(weights), settings.model_threads
    if device.startswith("cuda"):
        # Its modules take the official cutter from this one.
        from gpu_service.detect.cuda.load import load_cuda_detector

        return load_cuda_detector(model, weights.sha256, settings, device)
    if settings.detect_mode == "fast" and device == "cpu":
        return FastDetector(model, weights.sha256, threshold=settings.threshold, threads=threads)
    return TransNetV2Detector(model, weights.sha256, device=device, threads=threads)


def build_model(weights: Weights) -> TransNetV2:
    """The model with these weights, on the CPU, ready for inference.

    :raises SettingsError: naming the parameters that are missing, unknown or of another shape.
    """
    model = TransNetV2()
    wanted = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in weights.state.items()}
    wrong = [f"no {key}" for key in wanted.keys() - found.keys()]
    wrong += [f"unknown {key}" for key in found.keys() - wanted.keys()]
    wrong += [
        f"{key} is {found[key]}, expected {wanted[key]}"
        for key in wanted.keys() & found.keys()
        if found[key] != wanted[key]
    ]
    if wrong:
        shown = "; ".join(sorted(wrong)[:_MISMATCHES_SHOWN])
        raise SettingsError(
            f"{weights.name}: not weights of TransNetV2 ({len(wrong)} mismatches: {shown})",
            reason="weights",
        )
    model.load_state_dict(dict(weights.state))
    return model.eval().requires_grad_(False)


class TransNetV2Detector:
    """Scores videos with TransNetV2 under its official protocol.

    :param fingerprint: SHA-256 of the weights.
    :param batch_windows: windows scored at once. One is fastest on the CPU, where a second only
        spills out of the caches.
    :param threads: CPU threads; 0 leaves torch's own choice.
    """

    def __init__(
        self,
        model: TransNetV2,
        fingerprint: str,
        *,
        device: str = "cpu",
        batch_windows: int = 1,
        threads: int = 0,
    ) -> None:
        if batch_windows < 1:
            raise ValueError(f"batch_windows must be at least 1, got {batch_windows}")
        self.name = "transnetv2" if fingerprint == OFFICIAL_SHA256 else "transnetv2-custom"
        self.fingerprint = fingerprint
        self.batch_windows = batch_windows
        self.parallel = 1
        self.model = model.to(device)
        self._device = torch.device(device)
        self._threads = threads

    def start(self) -> OfficialCutter:
        """Begin a video."""
        return OfficialCutter()

    def score(
        self, windows: Sequence[base.Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """Both heads' probabilities of each window's kept frames.

        :param windows: of this detector's cutters, of any videos.
        """
        if self._threads and torch.get_num_threads() != self._threads:
            # Kept per thread by OpenMP: it holds only for the worker thread that runs this.
            torch.set_num_threads(self._threads)
        rgb = np.stack([_official(window).rgb for window in windows])
        with torch.inference_mode():
            logits = self.model(torch.from_numpy(rgb).to(self._device))
            single, many = torch.sigmoid(torch.stack(logits).float()).cpu().numpy()
        spans = [slice(MARGIN_FRAMES, MARGIN_FRAMES + window.kept) for window in windows]
        return [Scores(single[row, span], many[row, span]) for row, span in enumerate(spans)]


class OfficialCutter:
    """A :class:`~gpu_service.detect.base.Cutter` into windows of the official protocol."""

    def __init__(self) -> None:
        self._stream = WindowStream()

    def feed(self, frames: AnyDetectorFrames) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return list(self._stream.feed(frames.on_host().rgb))

    def finish(self) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return list(self._stream.finish())


def _official(window: base.Window) -> Window:
    if not isinstance(window, Window):
        raise TypeError(f"not a window of this detector: {window!r}")
    return window
