"""Scans take turns, and leave theirs while they wait."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from torch import Tensor

import gpu_service_kernels.surface_to_detector
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.nvdec.library import library
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.turn import TURN
from gpu_service.decode.opened_file import open_file
from gpu_service_kernels.surface_to_detector import surface_to_detector
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec


class SlowFile(io.BytesIO):
    """Once it is slow, its next read does not come back before ``go_on`` is set."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.is_slow = False
        self.waits, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.is_slow:
            self.waits.set()
            self.go_on.wait(60)
        return super().read(size)


def test_a_scan_that_waits_for_bytes_holds_no_other_up(video: ClipPath) -> None:
    data = video("ts").read_bytes()
    slow = SlowFile(data)
    waiting = NvdecDecoder(open_file(cast("io.RawIOBase", slow), "slow", None), device="cpu")
    chunks = waiting.scan(1)
    # From here on it reads within its turn.
    first = [next(chunks) for _ in range(3)]
    slow.is_slow = True
    with ThreadPoolExecutor(1) as threads:
        rest = threads.submit(lambda: sum(map(len, chunks)))
        try:
            assert slow.waits.wait(60)
            with on_nvdec(video("mp4-b-frames")) as other:
                assert sum(map(len, other.scan())) == 48
            assert not rest.done()
        finally:
            slow.go_on.set()
        assert rest.result(timeout=60) + len(first) == 48
    waiting.close()


def test_it_is_no_ones_turn_while_nvdec_is_at_work(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = library().CreateDecoder
    while_decoding, while_scaling = [], []

    class Watched:
        def __init__(self, **given: Any) -> None:
            self._decoder = make(**given)

        def Decode(self, data: Any) -> Any:
            while_decoding.append(TURN.is_held())
            return self._decoder.Decode(data)

    def watched(surfaces: Tensor, **given: Any) -> Tensor:
        while_scaling.append(TURN.is_held())
        return surface_to_detector(surfaces, **given)

    monkeypatch.setattr(library(), "CreateDecoder", Watched)
    monkeypatch.setattr(gpu_service_kernels.surface_to_detector, "surface_to_detector", watched)
    with on_nvdec(video("mp4-b-frames"), pool=DecoderPool()) as decoder:
        assert sum(map(len, decoder.scan(1))) == 48
    # 48 packets, and the end.
    assert while_decoding == [False] * 49
    assert while_scaling == [True] * 48
    assert not TURN.is_held()
