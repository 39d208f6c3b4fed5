"""What works on the device: it decodes, scores and encodes."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.detect.base import Detector
from gpu_service.encode.base import JpegEncoder
from gpu_service.errors import SettingsError
from gpu_service.pipeline.large_import import large_import
from gpu_service.settings import Settings
from gpu_service.trace import Trace

logger = logging.getLogger(__name__)


class OpenVideo(Protocol):
    """Opens a video for decoding; blocks, belongs in a worker thread."""

    def __call__(
        self, file: io.RawIOBase, name: str, *, packets: ByteBudget, trace: Trace
    ) -> VideoDecoder:
        """The video in ``file``; see :func:`gpu_service.decode.choose.open_decoder`."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """All that a device does for a run."""

    open_video: OpenVideo
    detector: Detector
    encoder: JpegEncoder


def load_backend(settings: Settings, device: str, weights_data: bytes | None) -> Backend:
    """Everything for a device; takes seconds, in a worker thread.

    :param device: ``cpu`` or ``cuda``.
    :param weights_data: see :func:`~gpu_service.detect.detector.load_detector`.
    :raises SettingsError: the weights, or what ``settings.device`` insists on, are not to be had.
    :raises TransientError: the GPU has no room.
    :raises InternalError: the GPU has failed.
    """
    from gpu_service.decode.choose import open_decoder

    with large_import("torch"):
        from gpu_service.detect.detector import load_detector

    return Backend(
        partial(open_decoder, device=device, required=settings.device == "cuda"),
        load_detector(settings.detect, device, weights_data),
        _load_encoder(settings, device),
    )


def _load_encoder(settings: Settings, device: str) -> JpegEncoder:
    from gpu_service.encode.by_place import JpegEncoderByPlace
    from gpu_service.encode.cpu import CpuJpegEncoder

    quality, max_width = settings.thumbnail.jpeg_quality, settings.thumbnail.max_width
    on_host = CpuJpegEncoder(quality=quality, max_width=max_width)
    if device == "cpu":
        return JpegEncoderByPlace(on_host, None)
    import torch

    from gpu_service.encode.nvjpeg import NvJpegEncoder

    try:
        on_device = NvJpegEncoder(torch.device(device), quality=quality, max_width=max_width)
    except SettingsError as error:
        if settings.device == "cuda":
            raise
        logger.warning("encoding on the CPU: %s", error.message)
        return JpegEncoderByPlace(on_host, None)
    return JpegEncoderByPlace(on_host, on_device)
