"""What goes wrong in the driver is noticed, and the decoder that it went wrong in is not used again."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.errors import InternalError
from gpu_service.frames import DevicePicture
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec

_FAIL, _LOSE = "NVDEC_STANDIN_FAIL_AT", "NVDEC_STANDIN_LOSE_AT"


@pytest.mark.parametrize("name", ["mp4-b-frames", "ts", "hevc-open-gop"])
def test_a_decode_error_on_the_way_ends_the_scan(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pool = DecoderPool()
    with on_nvdec(video(name), pool=pool) as decoder:
        chunks = decoder.scan(4)
        next(chunks)
        monkeypatch.setenv(_FAIL, "25")
        with pytest.raises(
            InternalError, match=r"NVDEC, .* packet 2\d: .*cuvidDecodePicture"
        ) as raised:
            list(chunks)
        assert raised.value.__cause__ is not None
    assert len(pool) == 0
    monkeypatch.delenv(_FAIL)
    with on_nvdec(video(name), pool=pool) as decoder:
        assert sum(map(len, decoder.scan())) == 48
    assert (pool.made, len(pool)) == (2, 1)


@pytest.mark.parametrize("lost", [0, 7, 46, 47])
@pytest.mark.parametrize("name", ["mp4-b-frames", "mkv-open-gop", "ts", "hevc"])
def test_a_frame_of_a_sound_video_that_never_comes_is_an_error(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str, lost: int
) -> None:
    monkeypatch.setenv(_LOSE, str(lost))
    with (
        on_nvdec(video(name)) as decoder,
        pytest.raises(
            InternalError, match=rf"NVDEC gave 47 frames of 48 packets and lost packet {lost},"
        ),
    ):
        list(decoder.scan())


def test_a_packet_that_no_decoder_decodes_is_damage(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _without_slices(video("raw-h264"), picture=20)
    with on_nvdec(broken) as decoder:
        frames = sum(map(len, decoder.scan()))
    assert frames == 47


def test_a_picture_that_fails_is_an_error_and_the_next_one_comes(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_nvdec(video("mp4-b-frames"), packets=ByteBudget("packets", 2**24)) as decoder:
        list(decoder.scan())
        pts = decoder.times().pts
        monkeypatch.setenv(_FAIL, "24")
        with pytest.raises(InternalError, match="packet 2"):
            decoder.picture(pts[26])
        monkeypatch.delenv(_FAIL)
        assert isinstance(decoder.picture(pts[26]), DevicePicture)


def _without_slices(path: Path, picture: int) -> bytes:
    """Annex B whose ``picture``-th picture has no slice left, only its delimiter or SEI."""
    parts = path.read_bytes().split(b"\0\0\1")
    slices = [place for place, part in enumerate(parts) if part and part[0] & 31 in (1, 5)]
    del parts[slices[picture]]
    return b"\0\0\1".join(parts)
