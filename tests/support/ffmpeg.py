"""The ffmpeg command line, from the ``imageio-ffmpeg`` wheel: draws test videos, decodes for us."""

from __future__ import annotations

import subprocess
from functools import cache


@cache
def ffmpeg_path() -> str:
    """The program's path."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg(*arguments: str, stdin: bytes | None = None) -> bytes:
    """Run ffmpeg, return its standard output; what it complains of is in the raised error."""
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
    if stdin is not None:
        command.remove("-nostdin")
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout
