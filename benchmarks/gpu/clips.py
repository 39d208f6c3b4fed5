"""Clips of every codec and size that NVDEC is to be measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.kept import made_once
from tests.support.ffmpeg import ffmpeg

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}

CODECS = {
    "H264": "libx264 -preset veryfast -bf 3 -g 60",
    "HEVC": "libx265 -preset ultrafast -x265-params log-level=error:keyint=60",
    "AV1": "libsvtav1 -preset 12 -g 60 -svtav1-params logLevel=0",
}
_BITS_A_PIXEL = 0.08
"""Some 2.2 Mbit/s of 720p at 30 frames a second, as cameras and web video have."""

_RATE = 30


@dataclass(frozen=True, slots=True)
class ClipKind:
    """One codec at one size."""

    codec: str
    size: str

    def __str__(self) -> str:
        return f"{self.codec} {self.size}"


ALL = tuple(ClipKind(codec, size) for codec in CODECS for size in SIZES)


def clip_of(folder: Path, source: Path, kind: ClipKind, frames: int) -> Path:
    """The first frames of a real video, so encoded; made once, then kept.

    :param source: repeated where it is too short.
    """
    width, height = SIZES[kind.size]

    def make(unfinished: Path) -> None:
        ffmpeg(
            *("-stream_loop", "-1", "-i", str(source), "-an", "-frames:v", str(frames)),
            *("-vf", f"scale={width}:{height},setsar=1,fps={_RATE},format=yuv420p"),
            *("-c:v", *CODECS[kind.codec].split()),
            *("-b:v", str(round(width * height * _RATE * _BITS_A_PIXEL)), str(unfinished)),
        )

    return made_once(folder / f"{kind.codec}_{kind.size}_{frames}.mp4", make)
