"""The real nvImageCodec with its CPU encoder behind the calls that the product makes for nvJPEG."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.support.wheels import wheel

GPU = torch.device("cuda", 0)


def on_cpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """nvImageCodec, its GPU replaced by its own CPU backend, pictures in host memory."""
    codec = wheel("nvidia.nvimgcodec")
    encoder, as_image = codec.Encoder, codec.as_image

    def cpu_encoder(*, device_id: int, max_num_cpu_threads: int, backends: list[Any]) -> Any:
        assert (device_id, max_num_cpu_threads) == (0, 1)
        assert [backend.backend_kind for backend in backends] == [codec.BackendKind.HYBRID_CPU_GPU]
        backend = codec.Backend(codec.BackendKind.CPU_ONLY)
        return encoder(device_id=codec.NVIMGCODEC_DEVICE_CPU_ONLY, backends=[backend])

    monkeypatch.setattr(codec, "Encoder", cpu_encoder)
    monkeypatch.setattr(codec, "as_image", lambda rgb, stream: as_image(rgb.numpy()))
    stream = SimpleNamespace(cuda_stream=0)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: stream)
    return codec
