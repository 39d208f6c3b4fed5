"""What is no video, or no longer a whole one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import open_video
from gpu_service.errors import InputError, TransientError
from gpu_service.jobs import Damage
from tests.decode.conftest import ClipPath
from tests.decode.opened import opened, pictures_at, scan, scanned
from tests.support.ffmpeg import ffmpeg

pytestmark = pytest.mark.usefixtures("either_scan")

_NOISE = np.random.default_rng(3).bytes(65536)


def _budget() -> ByteBudget:
    return ByteBudget("packets", 2**24)


def refusal(video: Path | bytes) -> InputError:
    with pytest.raises(InputError) as caught, opened(video, "the video") as decoder:
        scan(decoder)
    assert "the video" in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", _NOISE, bytes(65536), b"This is a text, not a video.\n" * 900,
     b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
     b"ffconcat version 1.0\nfile /etc/hostname\n"],
    ids=["empty", "one-byte", "noise", "zeros", "text", "playlist", "concat"],
)  # fmt: skip
def test_no_video(data: bytes) -> None:
    assert refusal(data).reason == "not_a_video"


@pytest.mark.parametrize("kind", ["jpg", "png", "bmp", "webp", "avif"])
def test_a_still_picture_is_no_video(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", str(path))
    error = refusal(path)
    assert error.reason == "not_a_video"
    assert "still picture" in str(error)


def test_audio_alone_has_no_video_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", str(path))
    assert refusal(path).reason == "no_video_stream"


def test_a_cover_picture_is_no_video_stream(tmp_path: Path, clip: ClipPath) -> None:
    cover, audio, video = tmp_path / "c.png", tmp_path / "a.m4a", tmp_path / "v.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1", str(cover))
    attached = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    ffmpeg("-i", str(cover), "-f", "lavfi", "-i", "sine=d=1", *attached, str(audio))
    ffmpeg("-i", str(cover), "-i", str(clip("mp4")), *attached, str(video))
    assert refusal(audio).reason == "no_video_stream"
    with scanned(video) as decoder:
        assert len(decoder.times()) == 48


def test_an_mp4_without_its_index_says_so(clip: ClipPath) -> None:
    data = clip("mp4").read_bytes()
    error = refusal(data[: len(data) // 2])
    assert error.reason == "not_a_video"
    assert "moov" in str(error)


def test_headers_alone_have_no_frame(clip: ClipPath) -> None:
    fragmented = clip("fragmented").read_bytes()
    assert refusal(fragmented[: fragmented.index(b"moof") - 4]).reason == "no_frames"
    live = clip("mkv-live").read_bytes()
    assert refusal(live[: live.index(b"\x1f\x43\xb6\x75")]).reason == "no_frames"


def test_undecodable_packets_alone_are_no_frame(clip: ClipPath) -> None:
    data = bytearray(clip("mp4-faststart-audio").read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = b"\xff" * (len(data) - start)
    error = refusal(bytes(data))
    assert error.reason == "no_frames"
    assert "48 packets" in str(error)


def test_a_huge_picture_is_refused_before_it_is_allocated(clip: ClipPath) -> None:
    data = bytearray(clip("avi-raw-palette").read_bytes())
    size = data.index(b"strf") + 12
    data[size : size + 8] = (60_000).to_bytes(4, "little") * 2
    error = refusal(bytes(data))
    assert error.reason == "unsupported"
    assert "pixels" in str(error)


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", ["mp4-faststart-audio", "fragmented", "mkv", "vp9", "avi-mpeg4"])
def test_a_file_cut_short_keeps_what_it_has(clip: ClipPath, name: str, kept: bool) -> None:
    data = clip(name).read_bytes()
    with scanned(data[: len(data) * 6 // 10], packets=_budget() if kept else None) as decoder:
        times = decoder.times()
        assert 10 < len(times) < 40
        damage = decoder.damage
        pictures = pictures_at(decoder, times.pts[::5])
    assert damage is not None
    assert damage.reason == "truncated"
    assert [picture.pts for picture in pictures] == list(times.pts[::5])


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", ["mp4-faststart-audio", "mkv", "ts", "avi-mpeg4", "vp9", "av1"])
def test_a_damaged_middle_is_skipped_and_counted(clip: ClipPath, name: str, kept: bool) -> None:
    data = bytearray(clip(name).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 700] = _NOISE[:700]
    with scanned(bytes(data), packets=_budget() if kept else None) as decoder:
        times = decoder.times()
        damage = decoder.damage
        pictures = pictures_at(decoder, times.pts[::5])
    assert isinstance(damage, Damage)
    assert damage.reason == "damaged"
    assert len(times) > 15
    assert len(pictures) == len(times.pts[::5])


class _Failing(io.RawIOBase):
    """A source that dies after some bytes, as one that reads from a network may."""

    def __init__(self, data: bytes, healthy_bytes: int, error: BaseException) -> None:
        self._data = io.BytesIO(data)
        self._left = healthy_bytes
        self._error = error

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            raise self._error
        data = self._data.read(min(size, 1000))
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._data.seek(offset, whence)

    def seekable(self) -> bool:
        return True


@pytest.mark.parametrize("healthy_bytes", [0, 1, 2000, 9000])
@pytest.mark.parametrize("name", ["mp4", "mkv", "ts", "fragmented", "avi-mpeg4"])
def test_the_sources_own_error_comes_out(
    clip: ClipPath, capfd: pytest.CaptureFixture[str], name: str, healthy_bytes: int
) -> None:
    error = TransientError("the network is gone")
    file = _Failing(clip(name).read_bytes(), healthy_bytes, error)
    with pytest.raises(TransientError) as caught:
        scan(open_video(file, name))
    assert caught.value is error
    assert capfd.readouterr() == ("", "")


def test_damage_is_reported_by_us_and_not_by_libav(
    clip: ClipPath, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(clip("mp4-faststart-audio").read_bytes())
    data[-9000:-6000] = _NOISE[:3000]
    with scanned(bytes(data)) as decoder:
        assert decoder.damage is not None
    assert capfd.readouterr() == ("", "")


def test_streams_that_appear_on_the_way_do_no_harm(tmp_path: Path) -> None:
    """Sound in many languages, neither near the start nor near the end, where libav looks."""
    noise = "nullsrc=s=256x256:r=25,format=yuv444p,geq=lum='random(1)*255':cb=128:cr=128"
    encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-muxdelay", "0"]
    silent, loud = tmp_path / "silent.ts", tmp_path / "loud.ts"
    ffmpeg("-f", "lavfi", "-i", noise, "-frames:v", "55", *encoding, str(silent))
    sound = ["-f", "lavfi", "-i", "sine", *("-map", "0"), *("-map", "1") * 30, "-c:a", "mp2"]
    later = ["-output_ts_offset", "4", "-t", "0.4"]
    ffmpeg("-f", "lavfi", "-i", noise, *sound, *encoding, *later, str(loud))
    with scanned(silent.read_bytes() + loud.read_bytes() + silent.read_bytes()) as decoder:
        times = decoder.times()
        assert len(times) == 120
        wanted = [times.pts[3], times.pts[60], times.pts[110]]
        assert [picture.pts for picture in pictures_at(decoder, wanted)] == wanted


def test_an_empty_sample_is_no_damage(clip: ClipPath) -> None:
    """Some writers put one where a frame stays on screen."""
    data = bytearray(clip("mp4").read_bytes())
    table = data.index(b"stsz")
    count = int.from_bytes(data[table + 12 : table + 16], "big")
    last = table + 16 + 4 * (count - 1)
    data[last : last + 4] = bytes(4)
    with scanned(bytes(data)) as decoder:
        assert len(decoder.times()) == count - 1
        assert decoder.damage is None
