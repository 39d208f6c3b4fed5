"""What the ffmpeg command line makes of a video: times and pictures to compare with."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gpu_service.frames import UInt8Array
from tests.support.ffmpeg import ffmpeg_path


@dataclass(frozen=True, slots=True)
class Reference:
    """:param seconds: from the first frame. :param rgb: ``(N, H, W, 3)``."""

    seconds: list[float]
    rgb: UInt8Array


def decode(path: Path, *arguments: str, stream: int = 0, filters: str = "null") -> Reference:
    """Decode every frame of a video stream as the command line does by default."""
    done = subprocess.run(
        [
            *(ffmpeg_path(), "-hide_banner", "-nostdin", "-i", str(path)),
            *("-map", f"0:v:{stream}", "-fps_mode", "passthrough", *arguments),
            *("-vf", f"{filters},showinfo=checksum=0"),
            *("-pix_fmt", "rgb24", "-f", "rawvideo", "-"),
        ],
        capture_output=True,
        check=True,
    )
    log = done.stderr.decode(errors="replace")
    shown = re.findall(r" pts_time:\s*(\S+) .* s:(\d+)x(\d+)", log)
    width, height = map(int, shown[0][1:])
    times = [float(time) for time, _, _ in shown]
    rgb = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
    return Reference([time - times[0] for time in times], rgb)
