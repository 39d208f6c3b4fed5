"""Chosen frames of a video as the ffmpeg command line decodes them by default."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gpu_service.frames import UInt8Array
from tests.support.ffmpeg import ffmpeg_path

_TERMS = 50
_SHOWN = re.compile(r" pts_time:\s*(\S+) .* s:(\d+)x(\d+) ")


class CliFrames:
    """RGB frames by their number in presentation order, upright, with square pixels.

    :param stream: index of the video stream in the file.
    :param ordinals: which frames, increasing, the first (0) among them.
    :raises RuntimeError: when ffmpeg gives another number of frames.
    """

    def __init__(self, path: Path, stream: int, ordinals: Sequence[int]) -> None:
        terms = [f"between(n,{first},{last})" for first, last in _runs(ordinals)]
        # ffmpeg's expressions hold about a hundred terms a level.
        levels = (terms[i : i + _TERMS] for i in range(0, len(terms), _TERMS))
        wanted = "+".join(f"({'+'.join(level)})" for level in levels)
        done = subprocess.run(
            [
                *(ffmpeg_path(), "-hide_banner", "-nostdin", "-i", str(path)),
                *("-map", f"0:{stream}", "-fps_mode", "passthrough"),
                *("-vf", f"select='{wanted}',scale=round(iw*sar):ih,showinfo=checksum=0"),
                *("-pix_fmt", "rgb24", "-f", "rawvideo", "-"),
            ],
            capture_output=True,
            check=True,
        )
        shown = _SHOWN.findall(done.stderr.decode(errors="replace"))
        if len(shown) != len(ordinals):
            raise RuntimeError(f"{path.name}: ffmpeg gave {len(shown)} of {len(ordinals)} frames")
        width, height = map(int, shown[0][1:])
        frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
        start = float(shown[0][0])
        self._rgb = dict(zip(ordinals, frames, strict=True))
        self._seconds = {
            ordinal: float(time) - start
            for ordinal, (time, _, _) in zip(ordinals, shown, strict=True)
        }

    def rgb(self, ordinal: int) -> UInt8Array | None:
        """``(H, W, 3)``; None for a frame that was not asked for."""
        return self._rgb.get(ordinal)

    def seconds(self, ordinal: int) -> float:
        """From the first frame."""
        return self._seconds[ordinal]


def _runs(ordinals: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbouring frames."""
    runs: list[tuple[int, int]] = []
    for ordinal in ordinals:
        if runs and ordinal == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], ordinal)
        else:
            runs.append((ordinal, ordinal))
    return runs
