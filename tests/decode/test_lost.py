"""Frames that a file gives once and not again."""

from __future__ import annotations

import io
from typing import cast

import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.decode.cpu import CpuDecoder, open_video
from gpu_service.frames import Picture
from tests.decode.conftest import ClipPath
from tests.decode.opened import scan

pytestmark = pytest.mark.usefixtures("either_scan")

_HEAD_BYTES = 65536
_COPIES = 100
_FRAMES = 48


class _Decaying(io.BytesIO):
    """A file of which only the beginning is left when it is read once more."""

    gone = False

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        data = super().read(size)
        if not self.gone:
            return data
        left = max(0, _HEAD_BYTES - start)
        return data[:left] + bytes(len(data[left:]))


def decayed(clip: ClipPath, packets: ByteBudget | None) -> CpuDecoder:
    file = _Decaying(clip("ts").read_bytes() * _COPIES)
    decoder = open_video(cast("io.RawIOBase", file), "clip", packets=packets)
    scan(decoder)
    assert decoder.damage is None
    file.gone = True
    return decoder


def test_a_frame_that_does_not_come_again_is_lost_and_counted_once(clip: ClipPath) -> None:
    decoder = decayed(clip, None)
    pts = decoder.times().pts
    assert [decoder.picture(pts[n]) for n in (900, 900, 2000)] == [NoPicture.LOST] * 3
    damage = decoder.damage
    assert damage is not None
    assert "2 frames decoded once and not again" in damage.detail
    decoder.close()


def test_what_is_in_the_cache_needs_no_second_read(clip: ClipPath) -> None:
    decoder = decayed(clip, ByteBudget("packets", 2**24))
    pts = decoder.times().pts
    assert len(pts) == _FRAMES * _COPIES
    assert all(isinstance(decoder.picture(value), Picture) for value in pts[::101])
    assert decoder.damage is None
    decoder.close()
