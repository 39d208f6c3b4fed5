"""What CUDA complains of while surfaces are read is translated, and says whether to try again."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CalledProcessError
from typing import Any, cast

import numpy as np
import pytest
import torch

from gpu_service.decode.nvdec.chunks import detector_chunks
from gpu_service.decode.nvdec.look import Look
from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.detect.cuda.windows import DeviceCutter
from gpu_service.device_errors import device_errors
from gpu_service.encode import nvjpeg
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.errors import GpuServiceError, InternalError, TransientError
from gpu_service.frames import DetectorFrames, DevicePicture
from tests.support.nvimgcodec import GPU, on_cpu
from tests.support.wheels import wheel

FAILURES = [
    (torch.OutOfMemoryError("CUDA out of memory"), TransientError, "gpu_memory"),
    (RuntimeError("CUDA error: an illegal memory access"), InternalError, "gpu"),
]


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*words: object, **named: object) -> object:
        raise error

    return fails


def surface(stream: SurfaceStream) -> Surface:
    kind = StreamKind("H264", 8, 64, 48, b"")
    return Surface(torch.zeros((72, 64), dtype=torch.uint8), stream, kind, Look())


def scaling(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "gpu_service_kernels.surface_to_detector.surface_to_detector", raising(error)
    )
    list(detector_chunks(iter([surface(SurfaceStream("cpu"))]), 1))


def waiting(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    event = cast("torch.cuda.Event", type("Event", (), {"synchronize": raising(error)}))
    stream = SurfaceStream("cpu")
    monkeypatch.setattr(stream, "mark", lambda: event)
    list(detector_chunks(iter([surface(stream)]), 1))


def bringing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "from_numpy", raising(error))
    frames = DetectorFrames(np.zeros((1, 27, 48, 3), np.uint8), np.zeros(1, np.int64))
    DeviceCutter(torch.device("cpu"), None).feed(frames)


def encoding(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    on_cpu(monkeypatch)
    monkeypatch.setattr(nvjpeg, "scaled_down", raising(error))
    NvJpegEncoder(GPU).encode(DevicePicture(torch.zeros((8, 8, 3), dtype=torch.uint8), 0))


@pytest.mark.parametrize("step", [scaling, waiting, bringing, encoding])
@pytest.mark.parametrize(("error", "translated", "reason"), FAILURES, ids=["full", "failed"])
def test_a_failure_is_translated(
    step: Callable[[Exception, pytest.MonkeyPatch], None],
    error: Exception,
    translated: type[GpuServiceError],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(translated) as caught:
        step(error, monkeypatch)
    assert caught.value.reason == reason
    assert caught.value.__cause__ is error


def test_what_triton_raises_is_the_gpus_failure() -> None:
    errors = {
        "out of resource": wheel("triton.runtime.errors").OutOfResources(
            300_000, 232_448, "memory"
        ),
        "'gcc'": CalledProcessError(1, ["gcc"]),
    }
    for words, error in errors.items():
        said = pytest.raises(InternalError, match=f"scaling: the GPU failed: .*{words}")
        with said as caught, device_errors("scaling"):
            raise error
        assert caught.value.reason == "gpu"


def test_what_is_not_the_gpus_stays_as_it_is() -> None:
    with pytest.raises(ValueError, match="odd"), device_errors("scaling"):
        raise ValueError("odd")
