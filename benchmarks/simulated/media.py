"""The video that every simulated one is: real packets of 1080p, at a bitrate as videos have it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kept import made_once
from tests.support.ffmpeg import ffmpeg

FRAMES_PER_SECOND = 30
_CLIP_SECONDS = 20
_BITS_PER_SECOND = "5000k"
_GOP_FRAMES = 60


def clip_frames(repeats: int) -> int:
    """How many frames :func:`simulated_video` has."""
    return repeats * _CLIP_SECONDS * FRAMES_PER_SECOND


def simulated_video(folder: Path, media: Path, repeats: int) -> Path:
    """20 s of ``testvideo.mp4`` as 1080p H.264 with B-frames, 5 Mbit/s, a keyframe every 2 s; the
    same again so many times, index first. Made once, then kept.

    :param folder: where it is kept.
    :param media: the folder of real videos.
    """

    return repeated(made_once(folder / "simulated.mp4", lambda path: _draw(path, media)), repeats)


def repeated(clip: Path, repeats: int) -> Path:
    """A video so many times in one, index first, beside it; made once, then kept."""

    def make(unfinished: Path) -> None:
        listed = unfinished.with_suffix(".txt")
        listed.write_text(f"file '{clip.name}'\n" * repeats)
        ffmpeg(
            *("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy"),
            *("-movflags", "+faststart", str(unfinished)),
        )
        listed.unlink()

    return made_once(clip.with_name(f"{clip.stem}_{repeats}.mp4"), make)


def _draw(path: Path, media: Path) -> None:
    ffmpeg(
        *("-i", str(media / "testvideo.mp4"), "-t", str(_CLIP_SECONDS)),
        *("-vf", f"scale=1920:1080,setsar=1,fps={FRAMES_PER_SECOND},format=yuv420p", "-an"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", str(_GOP_FRAMES)),
        *("-b:v", _BITS_PER_SECOND, "-minrate", _BITS_PER_SECOND),
        *("-maxrate", _BITS_PER_SECOND, "-bufsize", "2500k", "-nal-hrd", "cbr", str(path)),
    )
