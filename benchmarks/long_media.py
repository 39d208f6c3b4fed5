"""Long videos, made of the real ones by copying packets: minutes of 720p, and any one repeated.

The minute: 20 s of ``testvideo.mp4`` (edited, 8 shots), 20 s of ``traffic_camera.mp4`` and 20 s of
``bottle-detection.mp4`` (fixed cameras, one of them busy), all scaled to 1280×720, 25 frames a
second, H.264 with B-frames at about 2 Mbit/s. Every minute costs the same, so what differs between
lengths is the length.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.kept import made_once
from tests.support.ffmpeg import ffmpeg

_PARTS = ("testvideo.mp4", "traffic_camera.mp4", "bottle-detection.mp4")
_PART_SECONDS = 20
_FRAMES_PER_SECOND = 25
FRAMES_A_MINUTE = len(_PARTS) * _PART_SECONDS * _FRAMES_PER_SECOND
_BITS_PER_SECOND = "2000k"


def minutes_of_video(folder: Path, media: Path, minutes: int, *, index_first: bool = False) -> Path:
    """A video of so many minutes; made once, then kept.

    :param folder: where it is kept.
    :param media: the folder of real videos.
    :param index_first: the MP4's index comes before its frames rather than behind them.
    """
    name = f"minutes_{minutes}{'_index_first' if index_first else ''}.mp4"

    def make(unfinished: Path) -> None:
        join(_minute(folder, media), minutes, unfinished, index_first=index_first)

    return made_once(folder / name, make)


def join(clip: Path, times: int, path: Path, *, index_first: bool) -> None:
    """Write an MP4 of a clip so many times in a row, its packets copied.

    :param clip: in the folder of ``path``.
    :param index_first: see :func:`minutes_of_video`.
    """
    options = ("-movflags", "+faststart") if index_first else ()
    listed = path.with_suffix(".txt")
    listed.write_text(f"file '{clip.name}'\n" * times)
    ffmpeg(*("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", *options), str(path))
    listed.unlink()


def repeated(folder: Path, path: Path, times: int) -> Path:
    """A video's first video stream so many times in a row, its packets copied; made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    longer = folder / f"{times}_times_{path.name}"
    looped = ("-stream_loop", str(times - 1), "-i", str(path))
    ffmpeg(*looped, "-map", "0:v:0", "-c", "copy", str(longer))
    return longer


def _minute(folder: Path, media: Path) -> Path:
    inputs: list[str] = []
    chains = []
    for number, name in enumerate(_PARTS):
        inputs += ["-t", str(_PART_SECONDS), "-i", str(media / name)]
        chains.append(
            f"[{number}:v]scale=1280:720,setsar=1,fps={_FRAMES_PER_SECOND},format=yuv420p,"
            f"tpad=stop_mode=clone:stop_duration=1,trim=duration={_PART_SECONDS}[v{number}]"
        )
    joined = "".join(f"[v{number}]" for number in range(len(_PARTS)))
    chains.append(f"{joined}concat=n={len(_PARTS)}:v=1:a=0[out]")

    def make(unfinished: Path) -> None:
        ffmpeg(
            *inputs,
            *("-filter_complex", ";".join(chains), "-map", "[out]", "-c:v", "libx264"),
            *("-preset", "veryfast", "-b:v", _BITS_PER_SECOND, "-maxrate", "4000k"),
            *("-bufsize", "8000k", "-bf", "3", str(unfinished)),
        )

    return made_once(folder / "minute.mp4", make)
