"""VP9 and AV1, whose packets are given as they are: frames that are hidden, and shown later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.frames import DevicePicture
from gpu_service_kernels.surface_to_rgb import surface_to_rgb
from tests.decode.clips import FRAMES
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import FRAMED, timestamps_of
from tests.decode.opened import scanned
from tests.nvdec_driver.stamp import drawn, stamped

MOST_FRAMES = 8
"""In a packet; a surface's stamp is the packet's, and one more for each frame before it there."""


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """Of each surface that comes within the block, the timestamp and the stamp."""
    seen: list[tuple[int, int]] = []

    def watched(step: Callable[..., list[tuple[int, Tensor]]]) -> Callable[..., Any]:
        def stepped(*words: Any) -> list[tuple[int, Tensor]]:
            surfaces = step(*words)
            seen.extend((said, stamped(samples)) for said, samples in surfaces)
            return surfaces

        return stepped

    with monkeypatch.context() as patch:
        patch.setattr(CoreDecoder, "decode", watched(CoreDecoder.decode))
        patch.setattr(CoreDecoder, "drain", watched(CoreDecoder.drain))
        yield seen


@pytest.mark.parametrize("name", FRAMED)
def test_every_frame_comes_once_in_order_with_its_time(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with scanned(video(name)) as on_cpu:
        times = on_cpu.times()
    with noted(monkeypatch) as seen, on_nvdec(video(name), pool=DecoderPool()) as decoder:
        chunks = list(decoder.scan(7))
        assert decoder.times() == times
        assert decoder.damage is None
        assert decoder.backend == f"nvdec/{name[:3]}"
    assert sum(map(len, chunks)) == len(times.pts) == FRAMES
    assert [said for said, _ in seen] == timestamps_of(video(name))
    # What an earlier packet brought, a later one may show; once.
    assert len({stamp for _, stamp in seen}) == FRAMES
    assert all(stamp < said + MOST_FRAMES for said, stamp in seen)


@pytest.mark.parametrize("name", ["av1", "av1-hidden", "av1-10"])
def test_some_of_them_are_shown_by_a_later_packet(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Or nothing here would tell a decoder that can do that from one that can't."""
    with noted(monkeypatch) as seen, on_nvdec(video(name), pool=DecoderPool()) as decoder:
        list(decoder.scan())
    assert sum(stamp < said for said, stamp in seen) > FRAMES // 10


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("is_cached", [True, False], ids=["cached", "reread"])
def test_any_frame_is_found_again(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str, is_cached: bool
) -> None:
    width, height = map(int, FRAMED[name].size.split("x"))
    packets = ByteBudget("packets", 2**24) if is_cached else None
    with (
        noted(monkeypatch) as seen,
        on_nvdec(video(name), packets=packets, pool=DecoderPool()) as decoder,
    ):
        list(decoder.scan())
        stamps = [stamp for _, stamp in seen]
        for ordinal in np.random.default_rng(7).permutation(FRAMES)[:8].tolist():
            pts = decoder.times().pts[ordinal]
            picture = decoder.picture(pts)
            assert isinstance(picture, DevicePicture)
            assert picture.pts == pts
            surface = drawn(stamps[ordinal], width, height, 10 if "10" in name else 8)
            expected = surface_to_rgb(
                surface, width=width, height=height, matrix="bt601", full_range=False
            )
            assert torch.equal(picture.rgb, expected)
