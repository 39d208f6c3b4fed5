"""The command wired as for CUDA on the stand-in driver, whose surfaces lie in host memory.

Real are the command, S3, PostgreSQL, PyNvVideoCodec, the batches of the model and nvImageCodec. The
driver writes each surface itself; so the model and nvImageCodec compute on the CPU, without graphs, and
the kernels' references run.
"""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import pytest
import torch

from gpu_service.detect import detector
from gpu_service.detect.cuda import load
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.precision import FAST_ERROR
from gpu_service.detect.cuda.runner import EagerRunner, Network
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.encode.base import JpegEncoder
from gpu_service.encode.by_place import JpegEncoderByPlace
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.pipeline import backend, services
from gpu_service.pipeline.backend import Backend, load_backend
from gpu_service.settings import DetectSettings, Settings
from tests.support.nvimgcodec import GPU, on_cpu

SURFACES = "cpu:0"
"""Any device but the CPU's name, which decodes without NVDEC."""

_SMALL_BATCHES = 4
"""A GPU's sixteen windows would be padding, nearly all of them, and a CPU takes its time for it."""

_FARTHER_OFF = 0.7 * FAST_ERROR
"""What half precision may be off, besides the 0.002 that it is on these surfaces: enough for other
events, were nothing scored again."""


def wire(monkeypatch: pytest.MonkeyPatch) -> list[BatchDetector]:
    """From here on there is a GPU for ``--device``; gives the event models, as they are loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # It says once that the stand-in is not enough for it.
        torch.cuda.is_available()
    on_cpu(monkeypatch)
    loaded: list[BatchDetector] = []

    def batches(settings: DetectSettings, device: str, weights: bytes | None) -> BatchDetector:
        official = load_detector(
            settings.model_copy(update={"detect_mode": "reference"}), "cpu", weights
        )
        assert isinstance(official, TransNetV2Detector)
        small = settings.model_copy(update={"batch_windows": _SMALL_BATCHES})
        with monkeypatch.context() as patch:
            patch.setattr(torch.cuda, "device", lambda where: nullcontext())
            exact = settings.detect_mode == "reference"
            patch.setattr(load, "GraphRunner", EagerRunner if exact else _half_precision)
            loaded.append(
                load.load_cuda_detector(official.model, official.fingerprint, small, "cpu")
            )
        return loaded[-1]

    def encoder(settings: Settings, device: str) -> JpegEncoder:
        return JpegEncoderByPlace(CpuJpegEncoder(), NvJpegEncoder(GPU))

    def parts(settings: Settings, device: str, weights: bytes | None) -> Backend:
        assert device == "cuda"
        return load_backend(settings, SURFACES, weights)

    monkeypatch.setattr(detector, "load_detector", batches)
    monkeypatch.setattr(backend, "_load_encoder", encoder)
    monkeypatch.setattr(services, "load_backend", parts)
    monkeypatch.setattr(services, "resolve_device", lambda wanted: "cuda")
    return loaded


def _half_precision(network: Network, device: torch.device, sizes: tuple[int, ...]) -> EagerRunner:
    return EagerRunner(lambda rgb: network(rgb) + _FARTHER_OFF, device, sizes)
