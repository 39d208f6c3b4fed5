"""What goes wrong in the driver is noticed, and the decoder that it went wrong in is not used again."""

from __future__ import annotations

import ctypes
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from torch import Tensor

from gpu_service.budget import ByteBudget
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.errors import InternalError
from gpu_service.frames import DevicePicture
from gpu_service.jobs import Damage
from tests.decode.clips import CLIPS, draw
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import timestamps_of

_FAIL, _LOSE = "NVDEC_STANDIN_FAIL_AT", "NVDEC_STANDIN_LOSE_AT"

_FRAMES = 150
_BROKEN = [*range(14, 24), *range(26, 36), *range(110, 112)]
"""Packets; none is the first of its group of pictures."""


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough for one part to be decoded again without another."""
    return draw(replace(CLIPS["mp4-b-frames"], frames=_FRAMES), tmp_path_factory.mktemp("long"))


@pytest.mark.parametrize("name", ["mp4-b-frames", "ts", "hevc-open-gop"])
def test_a_decode_error_on_the_way_ends_the_scan(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pool = DecoderPool()
    with on_nvdec(video(name), pool=pool) as decoder:
        chunks = decoder.scan(4)
        next(chunks)
        monkeypatch.setenv(_FAIL, str(timestamps_of(video(name))[25]))
        with pytest.raises(
            InternalError, match=r"NVDEC, .* a packet: .*cuvidDecodePicture"
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
    monkeypatch.setenv(_LOSE, str(timestamps_of(video(name))[lost]))
    with (
        on_nvdec(video(name)) as decoder,
        pytest.raises(
            InternalError, match=rf"NVDEC gave 47 frames of 48 packets and lost packet {lost},"
        ),
    ):
        list(decoder.scan())


def test_packets_that_no_decoder_decodes_are_damage(long_clip: Path) -> None:
    with on_nvdec(_broken(long_clip, _BROKEN)) as decoder:
        assert sum(map(len, decoder.scan())) == _FRAMES - len(_BROKEN)
    assert decoder.damage == Damage("damaged", f"{len(_BROKEN)} packets not decodable")


@pytest.mark.parametrize("lost", [4, 60, 140])
def test_a_lost_frame_is_noticed_among_any_number_of_damaged_packets(
    long_clip: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    monkeypatch.setenv(_LOSE, str(timestamps_of(long_clip)[lost]))
    given = _FRAMES - len(_BROKEN) - 1
    with (
        on_nvdec(_broken(long_clip, _BROKEN)) as decoder,
        pytest.raises(InternalError, match=rf"gave {given} frames of .* lost packet {lost},"),
    ):
        list(decoder.scan())


def test_a_packet_without_a_frame_that_does_not_come_again_is_damage(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_LOSE, str(timestamps_of(video("mp4-b-frames"))[7]))
    monkeypatch.setattr(Demuxer, "packets_from", lambda self, number: iter(()))
    with on_nvdec(video("mp4-b-frames")) as decoder:
        assert sum(map(len, decoder.scan())) == 47
    assert decoder.damage == Damage("damaged", "1 packet not decodable")


def test_a_picture_without_slices_is_no_loss(video: ClipPath) -> None:
    with on_nvdec(_without_slices(video("raw-h264-in-order"), picture=20)) as decoder:
        assert sum(map(len, decoder.scan())) == 47


def test_what_nvdec_mends_is_known_to_stdout_alone(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    corrupt = timestamps_of(video("mp4-b-frames"))[7]
    monkeypatch.setenv("NVDEC_STANDIN_CORRUPT_AT", str(corrupt))
    with on_nvdec(video("mp4-b-frames")) as decoder:
        assert sum(map(len, decoder.scan())) == 48
    assert decoder.damage is None
    ctypes.CDLL(None).fflush(None)
    assert "Decode Error occurred for picture" in capfd.readouterr().out


def test_a_picture_that_fails_is_an_error_and_the_next_one_comes(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_nvdec(video("mp4-b-frames"), packets=ByteBudget("packets", 2**24)) as decoder:
        list(decoder.scan())
        pts = decoder.times().pts
        monkeypatch.setenv(_FAIL, str(timestamps_of(video("mp4-b-frames"))[24]))
        with pytest.raises(InternalError, match="a packet: "):
            decoder.picture(pts[26])
        monkeypatch.delenv(_FAIL)
        assert isinstance(decoder.picture(pts[26]), DevicePicture)


@pytest.mark.parametrize("step", ["decode", "drain"])
def test_a_frame_that_was_not_due_is_an_error(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A timestamp that nobody waits for, on the way or at the end."""
    surfaces = getattr(CoreDecoder, step)

    def foreign(self: CoreDecoder, *given: Any) -> list[tuple[int, Tensor]]:
        return [(timestamp + 1, samples) for timestamp, samples in surfaces(self, *given)]

    monkeypatch.setattr(CoreDecoder, step, foreign)
    pool = DecoderPool()
    with (
        on_nvdec(video("mp4-b-frames"), pool=pool) as decoder,
        pytest.raises(InternalError, match=r"NVDEC, .* a frame that was not due") as raised,
    ):
        list(decoder.scan())
    assert (raised.value.reason, len(pool)) == ("nvdec", 0)


def _broken(path: Path, numbers: list[int]) -> bytes:
    """The file with packets of which no byte is left as it was."""
    data = bytearray(path.read_bytes())
    with av.open(io.BytesIO(data), "r") as container:
        for number, packet in enumerate(container.demux(container.streams.video[0])):
            if number in numbers and packet.pos is not None:
                data[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    return bytes(data)


def _without_slices(path: Path, picture: int) -> bytes:
    """Annex B whose ``picture``-th picture has no slice left, only its delimiter or SEI."""
    parts = path.read_bytes().split(b"\0\0\1")
    slices = [place for place, part in enumerate(parts) if part and part[0] & 31 in (1, 5)]
    del parts[slices[picture]]
    return b"\0\0\1".join(parts)
