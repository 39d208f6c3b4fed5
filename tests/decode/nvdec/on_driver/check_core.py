"""The core decoder and its pool: what a surface is good for, and what is used again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet

from gpu_service.decode.bitstream import AnnexB
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.stream_kind import StreamKind, stream_kind
from tests.decode.conftest import ClipPath
from tests.nvdec_driver.stamp import stamped


def parsed(path: Path) -> tuple[StreamKind, list[Packet[Any]]]:
    """A video's kind and its packets as the decoder takes them.

    Their PTS are their places in presentation order; a keyframe that is shown before what has come
    begins another clock.
    """
    with av.open(io.BytesIO(path.read_bytes()), "r") as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        return stream_kind(stream, "clip"), _converted(AnnexB(stream), packets)


def _converted(convert: AnnexB, packets: list[Packet[Any]]) -> list[Packet[Any]]:
    times: list[tuple[int, int]] = []
    clock = latest = 0
    for packet in packets:
        pts = packet.pts or 0
        clock += packet.is_keyframe and pts < latest
        latest = pts if packet.is_keyframe else max(latest, pts)
        times.append((clock, pts))
    places = {time: place for place, time in enumerate(sorted(times))}
    found = []
    for packet, time in zip(packets, times, strict=True):
        for part in convert.convert(packet):
            part.pts = places[time]
            found.append(part)
    return found


def from_entry(path: Path) -> tuple[StreamKind, list[Packet[Any]]]:
    """The same from the second keyframe on, as after a seek."""
    with av.open(io.BytesIO(path.read_bytes()), "r") as container:
        stream = container.streams.video[0]
        convert = AnnexB(stream)
        packets = [packet for packet in container.demux(stream) if packet.size]
        entry = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
        for packet in packets[:entry]:
            list(convert.convert(packet))
        convert.restart()
        return stream_kind(stream, "clip"), _converted(convert, packets[entry:])


def numbers(decoder: CoreDecoder, packets: list[Packet[Any]]) -> Iterator[int]:
    """Of each surface, read in time; what the decoder says and what is in it are the same."""
    for packet in packets:
        for said, surface in decoder.decode(packet, packet.pts or 0):
            assert stamped(surface) == said
            yield said
    for said, surface in decoder.drain():
        assert stamped(surface) == said
        yield said


@pytest.mark.parametrize("name", ["mp4-b-frames", "hevc-10"])
def test_a_surface_is_overwritten_by_the_next_step(video: ClipPath, name: str) -> None:
    kind, packets = parsed(video(name))
    decoder = CoreDecoder(kind, "cpu")
    late = 0
    kept: list[tuple[int, Any]] = []
    for packet in packets:
        surfaces = decoder.decode(packet, packet.pts or 0)
        late += sum(stamped(surface) != said for said, surface in kept if surfaces)
        kept = surfaces
    assert late > 30


def test_decoders_are_used_again_by_codec_and_size(video: ClipPath) -> None:
    pool = DecoderPool()
    names = [
        "mp4-b-frames",
        "hevc",
        "hevc-10",
        "mp4-interlaced",
        "ts",
        "mp4-b-frames",
        "hevc",
        "mp4",
    ]
    videos = [parsed(video(name)) for name in names]
    for _ in range(3):
        for kind, packets in videos:
            with pool.lend(kind, "cpu") as decoder:
                assert sorted(numbers(decoder, packets)) == list(range(48))
    kinds = {kind for kind, _ in videos}
    assert len(kinds) < len(names)
    assert pool.made == len(pool) == len(kinds)


def test_what_the_last_one_left_behind_does_not_come_out(video: ClipPath) -> None:
    kind, packets = parsed(video("mp4-b-frames"))
    pool = DecoderPool()
    with pool.lend(kind, "cpu") as decoder:
        for number in range(1000, 1010):
            decoder.decode(packets[number - 1000], number)
    with pool.lend(kind, "cpu") as decoder:
        assert sorted(numbers(decoder, packets)) == list(range(48))
    assert pool.made == 1


@pytest.mark.parametrize(
    "name", ["mp4-open-gop", "mkv-open-gop", "hevc-open-gop", "ts-hevc", "mkv"]
)
def test_decoding_begins_at_any_keyframe(video: ClipPath, name: str) -> None:
    _, whole = parsed(video(name))
    kind, packets = from_entry(video(name))
    with DecoderPool().lend(kind, "cpu") as decoder:
        # The driver forgets the parameter sets there.
        assert len(list(numbers(decoder, whole))) == len(whole)
        shown = list(numbers(decoder, packets))
    # What leads an open GOP may be missing, the keyframe and what follows may not.
    assert packets[0].pts in shown
    assert len(shown) >= len(packets) - 2


def test_few_are_kept(video: ClipPath) -> None:
    pool = DecoderPool(max_idle=1)
    for name in ["mp4", "hevc", "hevc-10"]:
        kind, packets = parsed(video(name))
        with pool.lend(kind, "cpu") as decoder:
            assert len(list(numbers(decoder, packets))) == 48
    assert len(pool) == 1
    pool.close()
    assert len(pool) == 0


def test_one_that_failed_is_not_kept(video: ClipPath) -> None:
    pool = DecoderPool()
    kind, _ = parsed(video("mp4"))
    with pytest.raises(KeyError), pool.lend(kind, "cpu"):
        raise KeyError
    assert len(pool) == 0
