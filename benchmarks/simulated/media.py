"""The video that every simulated one is: real packets of 1080p, at a bitrate as videos have it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kept import made_once
from benchmarks.long_media import join
from tests.support.ffmpeg import ffmpeg

FRAMES_PER_SECOND = 30
_CLIP_SECONDS = 20
_BITS_PER_SECOND = "5000k"
_GOP_FRAMES = 60
_SIZE = "1920x1080"
_SMALL_SIZE = "160x96"

FRAME_TICKS = 512
"""How long a frame lasts in the videos' time base, 1/15360 s."""


def clip_frames(repeats: int) -> int:
    """How many frames :func:`simulated_video` and :func:`small_video` have."""
    return repeats * _CLIP_SECONDS * FRAMES_PER_SECOND


def simulated_video(folder: Path, media: Path, repeats: int) -> Path:
    """20 s of ``testvideo.mp4`` as 1080p H.264 with B-frames, 5 Mbit/s, a keyframe every 2 s; the
    same again so many times, index first. Made once, then kept.

    :param folder: where it is kept.
    :param media: the folder of real videos.
    """
    return _repeated(folder / "simulated.mp4", media / "testvideo.mp4", _SIZE, repeats)


def small_video(folder: Path, source: Path, repeats: int) -> Path:
    """The same of another video in 160×96, as many and as large packets: for what copies pictures on the
    CPU.

    :param source: 20 s or longer.
    """
    return _repeated(folder / "simulated_small.mp4", source, _SMALL_SIZE, repeats)


def _repeated(path: Path, source: Path, size: str, repeats: int) -> Path:
    clip = made_once(path, lambda unfinished: _draw(unfinished, source, size))

    def make(unfinished: Path) -> None:
        join(clip, repeats, unfinished, index_first=True)

    return made_once(clip.with_name(f"{clip.stem}_{repeats}.mp4"), make)


def _draw(path: Path, source: Path, size: str) -> None:
    ffmpeg(
        *("-i", str(source), "-t", str(_CLIP_SECONDS), "-an"),
        *("-vf", f"scale={size},setsar=1,fps={FRAMES_PER_SECOND},format=yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", str(_GOP_FRAMES)),
        *("-b:v", _BITS_PER_SECOND, "-minrate", _BITS_PER_SECOND),
        *("-maxrate", _BITS_PER_SECOND, "-bufsize", "2500k", "-nal-hrd", "cbr", str(path)),
    )
