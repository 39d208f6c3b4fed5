"""The command wired as for CUDA on the stand-in driver, whose surfaces lie in host memory.

Real are the command, S3, PostgreSQL, PyNvVideoCodec, the batches of the model and nvImageCodec. The
driver writes each surface itself; so the model and nvImageCodec compute on the CPU, and the kernels'
references run.
"""

from __future__ import annotations

import warnings

import pytest
import torch

from gpu_service.detect import detector
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.runner import EagerRunner
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


def wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on there is a GPU for ``--device``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # It says once that the stand-in is not enough for it.
        torch.cuda.is_available()
    on_cpu(monkeypatch)
    cpu = torch.device("cpu")

    def batches(settings: DetectSettings, device: str, weights: bytes | None) -> BatchDetector:
        official = load_detector(settings, "cpu", weights)
        assert isinstance(official, TransNetV2Detector)
        runner = EagerRunner(WindowNetwork(official.model), cpu, (1, 4))
        return BatchDetector(runner, official.fingerprint, cpu)

    def encoder(settings: Settings, device: str) -> JpegEncoder:
        return JpegEncoderByPlace(CpuJpegEncoder(), NvJpegEncoder(GPU))

    def load(settings: Settings, device: str, weights: bytes | None) -> Backend:
        assert device == "cuda"
        return load_backend(settings, SURFACES, weights)

    monkeypatch.setattr(detector, "load_detector", batches)
    monkeypatch.setattr(backend, "_load_encoder", encoder)
    monkeypatch.setattr(services, "load_backend", load)
    monkeypatch.setattr(services, "resolve_device", lambda wanted: "cuda")
