"""Many sizes and codecs through one pool, and a stream that changes its size on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from av.packet import Packet
from torch import Tensor

from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.errors import InternalError
from tests.decode.clips import CLIPS, draw
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.on_driver.check_core import parsed
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import VIDEOS
from tests.nvdec_driver.stamp import drawn, stamped

_NAMES = [
    *("mp4-b-frames", "h264-cropped", "h264-larger", "h264-widescreen"),
    *("hevc", "hevc-cropped", "hevc-10"),
]


def shown(name: str) -> tuple[int, int]:
    """Rows and columns of a video's surfaces."""
    width, height = map(int, VIDEOS[name].size.split("x"))
    return height * 3 // 2, width


def surfaces(decoder: CoreDecoder, packets: list[Packet[Any]]) -> Iterator[tuple[int, Tensor]]:
    """Of a whole stretch, each good for one step."""
    for packet in packets:
        yield from decoder.decode(packet, packet.pts or 0)
    yield from decoder.drain()


@pytest.mark.parametrize("max_idle", [1, len(_NAMES)])
def test_a_pool_switches_between_sizes_and_codecs(video: ClipPath, max_idle: int) -> None:
    videos = {name: parsed(video(name)) for name in _NAMES}
    pool = DecoderPool(max_idle=max_idle)
    order = np.random.default_rng(5).integers(len(_NAMES), size=40)
    for name in [_NAMES[place] for place in order]:
        kind, packets = videos[name]
        with pool.lend(kind, "cpu") as decoder:
            seen = [
                (said, stamped(surface), tuple(surface.shape))
                for said, surface in surfaces(decoder, packets)
            ]
        assert sorted(seen) == [(number, number, shown(name)) for number in range(len(packets))]
    switches = np.count_nonzero(np.diff(order))
    assert pool.made == (len(_NAMES) if max_idle > 1 else switches + 1)
    assert len(pool) == max_idle


def test_decoders_of_all_sizes_work_in_turns(video: ClipPath) -> None:
    pool = DecoderPool()
    with ExitStack() as stack:
        running = {}
        for name in _NAMES:
            kind, packets = parsed(video(name))
            running[name] = (stack.enter_context(pool.lend(kind, "cpu")), packets)
        for number in range(20):
            for name, (decoder, packets) in running.items():
                packet = packets[number]
                for said, surface in decoder.decode(packet, packet.pts or 0):
                    assert stamped(surface) == said
                    assert tuple(surface.shape) == shown(name)
    assert (pool.made, len(pool)) == (len(_NAMES), len(_NAMES))


@pytest.fixture
def joined(tmp_path: Path) -> dict[str, bytes]:
    """Two sizes of one stream after another, 24 frames each."""
    parts = {}
    for size in ("64x48", "128x96"):
        (tmp_path / size).mkdir()
        path = draw(replace(CLIPS["ts"], size=size, frames=24), tmp_path / size)
        parts[size] = path.read_bytes()
    return {"grows": parts["64x48"] + parts["128x96"], "shrinks": parts["128x96"] + parts["64x48"]}


def test_a_stream_that_grows_is_an_error(joined: dict[str, bytes]) -> None:
    pool = DecoderPool()
    with (
        on_nvdec(joined["grows"], pool=pool) as decoder,
        pytest.raises(InternalError, match=r"64x48, a packet: .*width/height > maxwidth"),
    ):
        list(decoder.scan())
    assert len(pool) == 0


@pytest.fixture
def shrinking(joined: dict[str, bytes], tmp_path: Path) -> tuple[StreamKind, list[Packet[Any]]]:
    """Its kind, that of the larger half, and its packets."""
    (tmp_path / "a.ts").write_bytes(joined["shrinks"])
    return parsed(tmp_path / "a.ts")


def test_a_stream_that_shrinks_is_scaled_to_its_first_size(
    shrinking: tuple[StreamKind, list[Packet[Any]]],
) -> None:
    """PyNvVideoCodec asks NVDEC to."""
    kind, packets = shrinking
    with DecoderPool().lend(kind, "cpu") as decoder:
        seen = []
        for said, surface in surfaces(decoder, packets):
            assert torch.equal(surface, drawn(said, 128, 96))
            seen.append(said)
    assert sorted(seen) == list(range(48))


def test_a_decoder_that_began_with_another_size_than_its_kinds_is_not_used_again(
    shrinking: tuple[StreamKind, list[Packet[Any]]],
) -> None:
    kind, packets = shrinking
    pool = DecoderPool()
    with pool.lend(kind, "cpu") as decoder:
        shapes = {tuple(surface.shape) for _, surface in surfaces(decoder, packets[24:])}
        assert shapes == {(72, 64)}
    assert len(pool) == 0
    with pool.lend(kind, "cpu") as decoder:
        shapes = {tuple(surface.shape) for _, surface in surfaces(decoder, packets[:24])}
        assert shapes == {(144, 128)}
    assert len(pool) == 1


def test_surfaces_cut_out_of_larger_ones_are_an_error(
    shrinking: tuple[StreamKind, list[Packet[Any]]],
) -> None:
    """As PyNvVideoCodec makes them where it begins again in the smaller half."""
    kind, packets = shrinking
    pool = DecoderPool()
    with pool.lend(kind, "cpu") as decoder:
        assert len(list(surfaces(decoder, packets))) == 48
    with (
        pytest.raises(InternalError, match="another size on the way; analyze it with --device cpu"),
        pool.lend(kind, "cpu") as decoder,
    ):
        list(surfaces(decoder, packets[24:]))
    assert (pool.made, len(pool)) == (1, 0)
