from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import av
import pytest
from av.packet import Packet, PacketSideData, PktSideDataT
from av.video.stream import VideoStream

from gpu_service.decode import closed_gops as groups
from gpu_service.decode.closed_gops import ClosedGops, Step, closed_gops
from tests.decode.conftest import ClipPath
from tests.support.media import media

AVCC = bytes([1, 0x64, 0, 30, 0xFF, 0xE0, 0])
HVCC = bytes([1]) + bytes(20) + bytes([0xFF, 0])
"""Headers that say "lengths of four bytes", and have no parameter sets."""

SPS, PPS, SEI, IDR, I_OR_P = 0x67, 0x68, 0x06, 0x65, 0x41
VPS_2, SEI_2, IDR_2, CRA_2, TRAIL_2 = (kind << 1 for kind in (32, 39, 19, 21, 1))


def lengths(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def starts(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def unit(head: int, body: bytes = b"\x80\x12") -> bytes:
    return bytes([head, 1]) + body


def packet(data: bytes) -> Packet[VideoStream]:
    made: Packet[Any] = Packet(data)
    return made


def steps(gops: ClosedGops, *packets: tuple[bytes, bool]) -> list[Step]:
    return [gops.step(packet(data), keyframe=keyframe) for data, keyframe in packets]


@pytest.mark.parametrize(("extradata", "write"), [(AVCC, lengths), (b"", starts)])
def test_h264_groups_begin_with_an_idr_picture(
    extradata: bytes, write: Callable[..., bytes]
) -> None:
    gops = ClosedGops("h264", extradata, at_once=2)
    found = steps(
        gops,
        (write(unit(SEI), unit(IDR)), True),
        (write(unit(I_OR_P)), False),
        (write(unit(SEI), unit(IDR), unit(IDR)), True),
        (write(unit(I_OR_P)), True),
    )

    assert found == [Step.BEGINS, Step.WITHIN, Step.BEGINS, Step.LEANS]


@pytest.mark.parametrize(("extradata", "write"), [(HVCC, lengths), (b"", starts)])
def test_hevc_groups_that_begin_with_a_cra_picture_lean_on_others(
    extradata: bytes, write: Callable[..., bytes]
) -> None:
    gops = ClosedGops("hevc", extradata, at_once=2)
    found = steps(
        gops,
        (write(unit(SEI_2), unit(IDR_2)), True),
        (write(unit(TRAIL_2)), False),
        (write(unit(IDR_2)), True),
        (write(unit(CRA_2)), True),
    )

    assert found == [Step.BEGINS, Step.WITHIN, Step.BEGINS, Step.LEANS]


def test_mpeg4_groups_begin_with_an_i_vop() -> None:
    header, i_vop, p_vop = b"\xb0\x01", b"\xb6\x10", b"\xb6\x50"
    gops = ClosedGops("mpeg4", b"", at_once=2)
    found = steps(
        gops,
        (starts(header, i_vop), True),
        (starts(p_vop), False),
        (starts(i_vop), True),
        (starts(p_vop), True),
        (starts(b"\xb0\x02", i_vop), True),
    )

    assert found == [Step.BEGINS, Step.WITHIN, Step.BEGINS, Step.LEANS, Step.LEANS]


def test_parameter_sets_may_be_repeated_and_not_replaced() -> None:
    sets = unit(SPS, b"one"), unit(PPS)
    gops = ClosedGops("h264", AVCC, at_once=2)
    found = steps(
        gops,
        (lengths(*sets, unit(IDR)), True),
        (lengths(*sets, unit(IDR)), True),
        (lengths(unit(IDR)), True),
        (lengths(unit(SPS, b"two"), unit(PPS), unit(IDR)), True),
    )

    assert found == [Step.BEGINS, Step.BEGINS, Step.BEGINS, Step.LEANS]


def test_other_parameter_sets_within_a_group_count_too() -> None:
    gops = ClosedGops("hevc", HVCC, at_once=2)
    found = steps(
        gops,
        (lengths(unit(IDR_2)), True),
        (lengths(unit(VPS_2), unit(TRAIL_2)), False),
    )

    assert found == [Step.BEGINS, Step.LEANS]


def test_a_packet_with_another_header_leans() -> None:
    gops = ClosedGops("h264", AVCC, at_once=2)
    first, other = packet(lengths(unit(IDR))), packet(lengths(unit(IDR)))
    # The stub of PyAV knows no way to make one.
    make: Any = PacketSideData
    other.set_sidedata(make(get_args(PktSideDataT).index("new_extradata"), 8))

    assert gops.step(first, keyframe=True) is Step.BEGINS
    assert gops.step(other, keyframe=True) is Step.LEANS


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\x09", b"\xff\xff\xff\xff\x65"])
def test_what_is_no_picture_begins_nothing(data: bytes) -> None:
    assert steps(ClosedGops("h264", AVCC, at_once=2), (data, False), (data, True))[0] is Step.WITHIN


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("car-detection.mp4", True),
        ("transnet_test.mp4", False),
        ("realshort.mp4", False),
        ("fades.mp4", True),
        ("Megamind.avi", True),
        ("av1_video.mkv", False),
    ],
)
def test_real_videos_with_groups_that_are_worth_it(name: str, several: bool) -> None:
    with av.open(str(media(name))) as container:
        assert (closed_gops(container.streams.video[0], 2) is not None) is several


@pytest.mark.parametrize(
    ("threads", "pixels", "at_once"),
    [
        (1, 1, 0),
        (2, 1, 2),
        (64, 1, 8),
        (8, 1920 * 1080, 8),
        (8, 3840 * 2160, 2),
        (8, 7680 * 4320, 0),
    ],
)
def test_few_large_pictures_are_decoded_at_once(
    monkeypatch: pytest.MonkeyPatch, threads: int, pixels: int, at_once: int
) -> None:
    with av.open(str(media("car-detection.mp4"))) as container:
        stream = container.streams.video[0]
        scale = stream.width * stream.height / pixels
        monkeypatch.setattr(groups, "_MAX_PIXELS", int(groups._MAX_PIXELS * scale))
        found = closed_gops(stream, threads)
    assert (0 if found is None else found.at_once) == at_once


def test_groups_too_large_to_wait_for_one_another_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_MAX_BYTES", 2 << 20)
    with av.open(str(media("car-detection.mp4"))) as container:
        assert closed_gops(container.streams.video[0], 2) is None


@pytest.mark.parametrize("name", ["fragmented", "mkv", "ts"])
def test_without_a_table_of_all_packets_there_are_no_groups(clip: ClipPath, name: str) -> None:
    with av.open(str(clip(name))) as container:
        assert closed_gops(container.streams.video[0], 2) is None
