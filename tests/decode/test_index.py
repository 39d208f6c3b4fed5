from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.decode.decoded import DecodedFrames, FramesByPacket
from gpu_service.decode.index import PacketIndex, PacketInfo

_TIME = st.none() | st.integers(-(2**62), 2**62)
_PACKET = st.builds(
    PacketInfo,
    pts=_TIME,
    dts=_TIME,
    pos=st.none() | st.integers(0, 2**62),
    size=st.integers(1, 2**31 - 1),
    keyframe=st.booleans(),
)


@given(st.lists(_PACKET, max_size=30))
def test_packets_come_back_as_they_were_put(packets: list[PacketInfo]) -> None:
    index = PacketIndex()
    assert [index.append(packet) for packet in packets] == list(range(len(packets)))
    assert [index[number] for number in range(len(index))] == packets


@given(st.lists(_PACKET, min_size=1, max_size=30, unique=True))
def test_a_packet_is_found_or_ambiguous_never_another(packets: list[PacketInfo]) -> None:
    index = PacketIndex()
    for packet in packets:
        index.append(packet)
    for number, packet in enumerate(packets):
        assert index.matches(number, packet)
        assert index.find(packet) in (number, None)


def test_the_place_decides_when_times_differ_after_a_seek() -> None:
    index = PacketIndex()
    index.append(PacketInfo(0, 0, 100, 50, True))
    index.append(PacketInfo(40, 40, 150, 50, False))
    assert index.find(PacketInfo(40, None, 150, 50, False)) == 1
    assert index.find(PacketInfo(40, 40, 151, 50, False)) is None


def test_leading_pictures_begin_a_gop_earlier() -> None:
    frames = DecodedFrames()
    # An open GOP: packet 3 is a keyframe, packets 4 and 5 are shown before it.
    for pts, packet in enumerate([0, 2, 1, 4, 5, 3, 7, 6]):
        frames.append(pts, packet, entry=packet in (0, 3), corrupt=False)
    assert frames.entries_before(3) == [0]
    assert frames.entries_before(4) == [0]
    assert frames.entries_before(5) == [3, 0]
    assert frames.entries_before(7) == [3, 0]


def test_a_frame_is_known_by_its_packet_while_frames_still_come() -> None:
    frames = DecodedFrames()
    by_packet = FramesByPacket(frames)
    for pts, packet in enumerate([1, 1, 3]):
        frames.append(pts, packet, entry=False, corrupt=False)
    assert by_packet.ordinal(1, 0) == -1
    by_packet.catch_up()
    assert [by_packet.ordinal(packet, 0) for packet in range(5)] == [-1, 0, -1, 2, -1]
    frames.append(3, 4, entry=False, corrupt=False)
    by_packet.catch_up()
    assert by_packet.ordinal(4, 0) == 3


def test_frames_of_one_packet_need_not_follow_one_another() -> None:
    frames = DecodedFrames()
    by_packet = FramesByPacket(frames)
    for pts, packet in enumerate([1, 2, 3, 1, 4, 4]):
        frames.append(pts, packet, entry=False, corrupt=False)
        by_packet.catch_up()
    assert [by_packet.ordinal(1, come) for come in range(2)] == [0, 3]
    assert [by_packet.ordinal(4, come) for come in range(3)] == [4, 5, 5]


def test_a_reader_does_not_keep_frames_from_coming() -> None:
    frames = DecodedFrames()
    for pts in range(50):
        frames.append(pts, pts, entry=True, corrupt=False)
        assert frames.ordinal_at(pts) == pts
        assert frames.entries_before(pts)[0] == pts
    with pytest.raises(ValueError, match="no frame"):
        frames.ordinal_at(50)
