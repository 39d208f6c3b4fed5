"""Packets for a hardware parser: Annex B, the parameter sets said again wherever it begins."""

from __future__ import annotations

import io
from typing import Any

import av
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.bitstream import AnnexB, parameter_sets
from tests.decode.conftest import ClipPath

_SETS = {"h264": {7, 8}, "hevc": {32, 33, 34}}


def unit_types(data: bytes, codec: str) -> list[int]:
    """The types of the NAL units in Annex B."""
    units = data.split(b"\0\0\1")[1:]
    return [unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31 for unit in units]


def opened(content: bytes) -> tuple[VideoStream, list[Packet[VideoStream]]]:
    container = av.open(io.BytesIO(content), "r")
    stream = container.streams.video[0]
    return stream, [packet for packet in container.demux(stream) if packet.size]


def converted(annexb: AnnexB, packet: Packet[Any]) -> bytes:
    return b"".join(map(bytes, annexb.convert(packet)))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("mp4-open-gop", "h264"),
        ("mkv", "h264"),
        ("ts", "h264"),
        ("hevc", "hevc"),
        ("ts-hevc", "hevc"),
    ],
)
def test_the_first_packet_after_a_restart_has_the_sets(
    clip: ClipPath, name: str, codec: str
) -> None:
    stream, packets = opened(clip(name).read_bytes())
    annexb = AnnexB(stream)
    assert set(unit_types(parameter_sets(stream, codec), codec)) >= _SETS[codec]
    # Before an IDR picture libav's filter says them by itself.
    keys = [packet.is_keyframe for packet in packets]
    for number in [n for n in range(1, 40) if not keys[n] and not keys[n + 1]][:8]:
        annexb.restart()
        first = unit_types(converted(annexb, packets[number]), codec)
        assert set(first) >= _SETS[codec]
        assert not _SETS[codec] & set(unit_types(converted(annexb, packets[number + 1]), codec))


@pytest.mark.parametrize("name", ["mp4", "hevc", "ts", "av1-mp4", "vp9"])
def test_the_packet_itself_stays_as_it_is(clip: ClipPath, name: str) -> None:
    stream, packets = opened(clip(name).read_bytes())
    annexb = AnnexB(stream)
    for packet in packets:
        before = bytes(packet)
        assert converted(annexb, packet)
        assert bytes(packet) == before


@pytest.mark.parametrize("name", ["av1-mp4", "vp9"])
def test_what_has_no_annex_b_passes_as_it_is(clip: ClipPath, name: str) -> None:
    stream, packets = opened(clip(name).read_bytes())
    assert converted(AnnexB(stream), packets[0]) == bytes(packets[0])


def test_a_packet_whose_units_do_not_fit_gives_nothing(clip: ClipPath) -> None:
    stream, packets = opened(clip("mp4").read_bytes())
    annexb = AnnexB(stream)
    broken: Packet[Any] = Packet(b"\xff\xff\xff\xff" + bytes(packets[3])[4:])
    assert converted(annexb, broken) == b""
    assert converted(annexb, packets[4])
