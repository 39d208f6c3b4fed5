"""The real nvImageCodec with its CPU encoder behind the calls that the product makes for nvJPEG."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.support.wheels import wheel

GPU = torch.device("cuda", 0)
STREAM = 0x1234
"""The current one's handle: not that of CUDA's default stream, which is 0."""


def on_cpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """nvImageCodec, its GPU replaced by its own CPU backend, pictures in host memory.

    Its ``streams`` are the calls that were given one, and which.
    """
    codec = wheel("nvidia.nvimgcodec")
    encoder, as_image = codec.Encoder, codec.as_image
    streams: list[tuple[str, int]] = []

    class CpuEncoder:
        def __init__(self, real: Any) -> None:
            self._real = real

        def encode(self, image: Any, codec: str, *, cuda_stream: int, **options: Any) -> Any:
            streams.append(("encode", cuda_stream))
            return self._real.encode(image, codec, **options)

    def cpu_encoder(*, device_id: int, max_num_cpu_threads: int, backends: list[Any]) -> Any:
        assert (device_id, max_num_cpu_threads) == (0, 1)
        assert [backend.backend_kind for backend in backends] == [codec.BackendKind.HYBRID_CPU_GPU]
        backend = codec.Backend(codec.BackendKind.CPU_ONLY)
        return CpuEncoder(encoder(device_id=codec.NVIMGCODEC_DEVICE_CPU_ONLY, backends=[backend]))

    def cpu_image(rgb: torch.Tensor, stream: int) -> Any:
        streams.append(("as_image", stream))
        return as_image(rgb.numpy())

    monkeypatch.setattr(codec, "Encoder", cpu_encoder)
    monkeypatch.setattr(codec, "as_image", cpu_image)
    monkeypatch.setattr(codec, "streams", streams, raising=False)
    current = SimpleNamespace(cuda_stream=STREAM)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: current)
    return codec
