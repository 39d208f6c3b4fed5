"""A decoder told to stop: what other threads are at ends at the next packet, not at its own end."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import cast

import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.cache import PacketCache
from gpu_service.decode.cpu import open_video
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.seek import Packets
from gpu_service.errors import InternalError, TransientError
from tests.decode.conftest import ClipPath
from tests.decode.opened import opened, picture_at, scan, scanned

pytestmark = pytest.mark.usefixtures("either_scan")


class _Watched(io.BytesIO):
    """Calls back at each read."""

    at_read: Callable[[], None] | None = None
    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.at_read is not None:
            self.at_read()
        return super().read(min(size or -1, 1000))


class _Kept(ByteBudget):
    """Calls back at each packet that is kept."""

    at_charge: Callable[[], None] | None = None
    charges = 0

    def try_charge(self, size_bytes: int) -> bool:
        self.charges += 1
        if self.at_charge is not None:
            self.at_charge()
        return super().try_charge(size_bytes)


def test_a_scan_ends_within_its_chunk(clip: ClipPath) -> None:
    packets = _Kept("packets", 2**24)
    with opened(clip("mp4-open-gop"), packets=packets) as decoder:
        packets.at_charge = decoder.stop
        with pytest.raises(InternalError, match="clip: stopped"):
            next(decoder.scan(1000))
        assert packets.charges == 1
    assert packets.used_bytes == 0


def test_a_read_for_a_picture_ends(clip: ClipPath) -> None:
    file = _Watched(clip("ts").read_bytes() * 20)
    decoder = open_video(cast("io.RawIOBase", file), "clip")
    for _ in decoder.scan():
        pass
    pts = decoder.times().pts
    file.at_read, file.reads = decoder.stop, 0
    with pytest.raises(InternalError, match="stopped"):
        decoder.picture(pts[len(pts) // 2])
    assert file.reads == 1
    decoder.close()


def test_pictures_from_the_cache_end(clip: ClipPath) -> None:
    with scanned(clip("mp4-open-gop"), packets=ByteBudget("packets", 2**24)) as decoder:
        pts = decoder.times().pts
        picture_at(decoder, pts[1])
        decoder.stop()
        for value in pts[2:5]:
            with pytest.raises(InternalError, match="stopped"):
                decoder.picture(value)


def test_a_picture_under_way_ends_at_its_next_packet(
    clip: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    packets_from = PacketCache.packets_from

    def watched(cache: PacketCache, number: int) -> Packets:
        for kept in packets_from(cache, number):
            taken.append(kept[0])
            if len(taken) == 3:
                decoder.stop()
            yield kept

    monkeypatch.setattr(PacketCache, "packets_from", watched)
    with scanned(clip("mp4-open-gop"), packets=ByteBudget("packets", 2**24)) as decoder:
        with pytest.raises(InternalError, match="stopped"):
            decoder.picture(decoder.times().pts[11])
        assert len(taken) == 3


def test_a_read_that_failed_before_stays_the_reason(clip: ClipPath) -> None:
    file = _Watched(clip("ts").read_bytes() * 20)
    decoder = open_video(cast("io.RawIOBase", file), "clip")

    def fail() -> None:
        raise TransientError("the line is dead")

    file.at_read = fail
    with pytest.raises(TransientError):
        next(decoder.scan(1000))
    decoder.stop()
    with pytest.raises(TransientError, match="dead"):
        decoder.picture(0)
    decoder.close()


def test_a_stopped_decoder_closes(clip: ClipPath) -> None:
    packets = ByteBudget("packets", 2**24)
    with opened(clip("hevc"), packets=packets) as decoder:
        chunks = decoder.scan(4)
        next(chunks)
        decoder.stop()
        decoder.stop()
    assert packets.used_bytes == 0
    with pytest.raises(InternalError, match="closed"):
        next(chunks)


def test_the_scan_is_over_when_it_needs_the_demuxer_no_more(
    clip: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def declared(_: Demuxer) -> float | None:
        nonlocal asked
        asked += 1
        with pytest.raises(InternalError, match="before the scan has ended"):
            decoder.times()
        return None

    monkeypatch.setattr(Demuxer, "declared_end_seconds", property(declared))
    with opened(clip("mkv")) as decoder:
        scan(decoder)
        assert asked
        assert decoder.times().pts
