"""Files that are no video, or no whole one; each under the id that its test has."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.support.ffmpeg import ffmpeg

ClipPath = Callable[[str], Path]

_NOISE = np.random.default_rng(11).bytes(64 * 1024)


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file and what the service has to say of it.

    :param make: its bytes; takes the drawn clips and an empty folder.
    :param status: of the video: failed, partial or complete.
    :param reason: the code; None for a complete one.
    :param says: what its line must name, in any case of letters.
    :param suffix: of its key.
    """

    make: Callable[[ClipPath, Path], bytes]
    status: str
    reason: str | None
    says: tuple[str, ...] = ()
    suffix: str = "mp4"


def _whole(name: str) -> Callable[[ClipPath, Path], bytes]:
    return lambda clip, folder: clip(name).read_bytes()


def _plain(data: bytes) -> Callable[[ClipPath, Path], bytes]:
    return lambda clip, folder: data


def _cut(name: str, share: float) -> Callable[[ClipPath, Path], bytes]:
    def make(clip: ClipPath, folder: Path) -> bytes:
        data = clip(name).read_bytes()
        return data[: int(len(data) * share)]

    return make


def _up_to(name: str, mark: bytes, offset: int) -> Callable[[ClipPath, Path], bytes]:
    def make(clip: ClipPath, folder: Path) -> bytes:
        data = clip(name).read_bytes()
        return data[: data.index(mark) + offset]

    return make


def _damaged(name: str, length: int = 700) -> Callable[[ClipPath, Path], bytes]:
    def make(clip: ClipPath, folder: Path) -> bytes:
        data = bytearray(clip(name).read_bytes())
        middle = len(data) // 2
        data[middle : middle + length] = _NOISE[:length]
        return bytes(data)

    return make


def _frames_of_noise(clip: ClipPath, folder: Path) -> bytes:
    data = bytearray(clip("mp4-faststart-audio").read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = b"\xff" * (len(data) - start)
    return bytes(data)


def _drawn(suffix: str, *arguments: str) -> Callable[[ClipPath, Path], bytes]:
    def make(clip: ClipPath, folder: Path) -> bytes:
        path = folder / f"drawn.{suffix}"
        ffmpeg("-f", "lavfi", "-i", *arguments, str(path))
        return path.read_bytes()

    return make


def _archive(clip: ClipPath, folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(clip("mp4"), "video.mp4")
    return file.getvalue()


def _stream_without_packets(clip: ClipPath, folder: Path) -> bytes:
    import av

    path = folder / "hollow.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path.read_bytes()


def _cover_alone(clip: ClipPath, folder: Path) -> bytes:
    cover, song = folder / "cover.png", folder / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", str(cover))
    both = ["-i", str(cover), "-f", "lavfi", "-i", "sine=d=1", "-map", "0", "-map", "1"]
    ffmpeg(*both, "-c:v", "copy", "-disposition:v:0", "attached_pic", str(song))
    return song.read_bytes()


_ERROR_PAGE = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>\n'
_PICTURE = ("testsrc=s=64x48", "-frames:v", "1")

BAD_FILES: dict[str, BadFile] = {
    "empty-object": BadFile(_plain(b""), "failed", "empty_object", ("empty", "0 bytes")),
    "one-byte": BadFile(_plain(b"\0"), "failed", "not_a_video", ("not a video",)),
    "random-bytes": BadFile(_plain(_NOISE), "failed", "not_a_video", ("not a video",)),
    "zeros": BadFile(_plain(bytes(65536)), "failed", "not_a_video", ("zeros",)),
    "text-named-mp4": BadFile(
        _plain(b"This is a text, not a video.\n" * 900), "failed", "not_a_video", ("text",)
    ),
    "error-page-named-mp4": BadFile(
        _plain(_ERROR_PAGE * 9), "failed", "not_a_video", ("a text that begins '<?xml",)
    ),
    "playlist-named-mp4": BadFile(
        _plain(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"),
        "failed", "not_a_video", ("not a video",),
    ),
    "archive-named-mp4": BadFile(_archive, "failed", "not_a_video", ("a ZIP archive",)),
    "jpg-named-mp4": BadFile(
        _drawn("jpg", *_PICTURE), "failed", "not_a_video", ("still picture",)
    ),
    "png-named-mp4": BadFile(
        _drawn("png", *_PICTURE), "failed", "not_a_video", ("still picture",)
    ),
    "audio-only-m4a": BadFile(
        _drawn("m4a", "sine=d=1"), "failed", "no_video_stream", ("no video stream",), "m4a"
    ),
    "audio-only-wav-named-mp4": BadFile(
        _drawn("wav", "sine=d=1"), "failed", "no_video_stream", ("no video stream",)
    ),
    "song-with-a-cover": BadFile(_cover_alone, "failed", "no_video_stream", ("no video stream",)),
    "mp4-cut-before-its-index": BadFile(
        _cut("mp4", 0.5), "failed", "not_a_video", ("moov", "cut short")
    ),
    "mp4-cut-in-its-index": BadFile(
        _up_to("mp4-faststart-audio", b"stts", 0), "failed", "no_frames", ("cut short",)
    ),
    "mp4-cut-behind-its-index": BadFile(
        _up_to("mp4-faststart-audio", b"mdat", 4), "failed", "no_frames", ("missing",)
    ),
    "mkv-cut-in-its-header": BadFile(_cut("mkv", 0.01), "failed", "not_a_video", (), "mkv"),
    "zero-length-video-stream-mp4": BadFile(
        _up_to("fragmented", b"moof", -4), "failed", "no_frames", ("no frame",)
    ),
    "zero-length-video-stream-mkv": BadFile(
        _stream_without_packets, "failed", "no_frames", ("no frame",), "mkv"
    ),
    "every-frame-undecodable": BadFile(
        _frames_of_noise, "failed", "no_frames", ("none of its 48 packets",)
    ),
    "truncated-front-index-mp4": BadFile(
        _cut("mp4-faststart-audio", 0.6), "partial", "truncated", ("bytes missing",)
    ),
    "truncated-fragmented-mp4": BadFile(
        _cut("fragmented", 0.6), "partial", "truncated", ("packets missing",)
    ),
    "truncated-mkv": BadFile(
        _cut("mkv", 0.6), "partial", "truncated", ("bytes missing",), "mkv"
    ),
    "damaged-middle-mp4": BadFile(_damaged("mp4-faststart-audio"), "partial", "damaged"),
    "damaged-middle-mkv": BadFile(_damaged("mkv"), "partial", "damaged", (), "mkv"),
    "single-frame": BadFile(_whole("single-frame"), "complete", None),
    "one-pixel": BadFile(_whole("one-pixel"), "complete", None, (), "mkv"),
    "odd-size": BadFile(_whole("odd-size"), "complete", None, (), "mkv"),
}  # fmt: skip
