"""The detector of a CUDA device, from weights and settings."""

from __future__ import annotations

import copy

import torch

from gpu_service.detect.cuda.batches import sizes_up_to
from gpu_service.detect.cuda.detector import BatchDetector, Exactly
from gpu_service.detect.cuda.graph_runner import GraphRunner
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.precision import FAST_DTYPE, FAST_ERROR
from gpu_service.detect.cuda.runner import EagerRunner
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.device_errors import device_errors
from gpu_service.settings import DetectSettings

_EXACT_SIZES = (1, 4)
"""Few windows are in doubt at once, and float32 takes twice the memory."""


def load_cuda_detector(
    model: TransNetV2, sha256: str, settings: DetectSettings, device: str
) -> BatchDetector:
    """Put the model on the GPU and record its graphs; takes seconds.

    The reference mode is the official protocol in float32. The fast mode convolves in half
    precision, and in float32 again where that could matter; it leaves no window out, since on a
    GPU the decoder is the slower part.

    :param model: on the CPU; not changed.
    :param sha256: of the weights.
    :param device: ``cuda`` or ``cuda:N``.
    :raises TransientError: ``gpu_memory``: it does not fit.
    :raises InternalError: the GPU has failed.
    """
    where = torch.device(device)
    sizes = sizes_up_to(settings.batch_windows)
    with device_errors("loading the event model"), torch.cuda.device(where):
        there = copy.deepcopy(model).to(where)
        exact = WindowNetwork(there)
        if settings.detect_mode == "reference":
            return BatchDetector(GraphRunner(exact, where, sizes), sha256, where)
        return BatchDetector(
            GraphRunner(WindowNetwork(there, FAST_DTYPE), where, sizes),
            sha256,
            where,
            exactly=Exactly(EagerRunner(exact, where, _EXACT_SIZES), FAST_ERROR),
            threshold=settings.threshold,
        )
