"""Single pictures: exactly the frame asked for, from the cache, read again, and during the scan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from av.packet import Packet
from torch import Tensor

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.frames import AnyPicture, DevicePicture
from gpu_service_kernels.surface_to_rgb import surface_to_rgb
from tests.decode.clips import GOP
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import VIDEOS, stamps_as_shown
from tests.nvdec_driver.stamp import drawn

_LEADING = "NVDEC_STANDIN_DROP_LEADING"


def budget(limit_bytes: int = 2**24) -> ByteBudget:
    return ByteBudget("packets", limit_bytes)


def full_size(name: str, stamp: int) -> Tensor:
    """What the surface of a packet is as a picture."""
    width, height = map(int, VIDEOS[name].size.split("x"))
    return surface_to_rgb(
        drawn(stamp, width, height, 10 if "10" in name else 8),
        width=width, height=height, matrix="bt601", full_range=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", VIDEOS)
def test_any_frame_is_found_again(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(_LEADING, "1")
    stamps = stamps_as_shown(video(name))
    order = np.random.default_rng(7).permutation(len(stamps)).tolist()
    with on_nvdec(video(name), packets=budget()) as decoder:
        list(decoder.scan())
        pts = decoder.times().pts
        for ordinal in [*order[:4], *sorted(order[4:8])]:
            assert is_exactly(decoder.picture(pts[ordinal]), name, stamps[ordinal], pts[ordinal])
    with on_nvdec(video(name)) as decoder:
        list(decoder.scan())
        for ordinal in [*order[:4], *sorted(order[4:8])]:
            assert is_exactly(decoder.picture(pts[ordinal]), name, stamps[ordinal], pts[ordinal])
        assert decoder.damage is None


def is_exactly(picture: AnyPicture | NoPicture, name: str, stamp: int, pts: int) -> bool:
    """Whether it is made of the surface that has this stamp."""
    assert isinstance(picture, DevicePicture)
    assert picture.pts == pts
    return torch.equal(picture.rgb, full_size(name, stamp))


def test_each_picture_is_decoded_from_its_own_group_on(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though that begins with no IDR picture, before which alone libav repeats parameter sets."""
    fed: list[int] = []
    decode = CoreDecoder.decode

    def noted(self: CoreDecoder, packet: Packet[Any], timestamp: int) -> list[tuple[int, Tensor]]:
        fed.append(timestamp)
        return decode(self, packet, timestamp)

    with on_nvdec(video("mp4-open-gop"), packets=budget()) as decoder:
        list(decoder.scan())
        monkeypatch.setattr(CoreDecoder, "decode", noted)
        for ordinal in (40, 26):
            fed.clear()
            assert isinstance(decoder.picture(decoder.times().pts[ordinal]), DevicePicture)
            assert 0 < len(fed) <= GOP


def test_pictures_are_taken_while_the_scan_goes_on(video: ClipPath) -> None:
    name = "mp4-open-gop"
    stamps = stamps_as_shown(video(name))
    with on_nvdec(video(name), packets=budget()) as decoder:
        scan = decoder.scan(4)
        given = 0
        for chunk in scan:
            for place, pts in enumerate(chunk.pts.tolist()):
                picture = decoder.picture(pts)
                assert is_exactly(picture, name, stamps[given + place], pts)
            given += len(chunk)
            decoder.forget_before(int(chunk.pts[0]))
        assert given == len(stamps)


def test_without_a_cache_pictures_wait_for_the_end(video: ClipPath) -> None:
    with on_nvdec(video("mp4")) as decoder:
        chunk = next(iter(decoder.scan(4)))
        assert decoder.picture(int(chunk.pts[0])) is NoPicture.LATER


def test_scan_and_pictures_need_two_decoders_and_the_next_video_none(video: ClipPath) -> None:
    pool = DecoderPool()
    for _ in range(3):
        with on_nvdec(video("mp4-b-frames"), packets=budget(), pool=pool) as decoder:
            scan = decoder.scan(8)
            for chunk in scan:
                assert isinstance(decoder.picture(int(chunk.pts[-1])), DevicePicture)
    assert (pool.made, len(pool)) == (2, 2)
