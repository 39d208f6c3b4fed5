"""Compile the stand-in driver."""

from __future__ import annotations

import subprocess
from pathlib import Path

_HERE = Path(__file__).parent

LIBRARIES = {
    "libcuda.so.1": ["cuda.c", "memory.c"],
    "libnvcuvid.so.1": ["parser.c", "h264.c", "hevc.c", "vp9.c", "av1.c", "decoder.c", "engines.c"],
    "libnvidia-encode.so.1": ["encode.c"],
}

HEADERS = Path("/usr/include/ffnvcodec/dynlink_nvcuvid.h")
"""Of Debian's ``libffmpeg-nvenc-dev``."""


def build(folder: Path) -> Path:
    """Put the three libraries into ``folder``, for ``LD_LIBRARY_PATH``."""
    for name, sources in LIBRARIES.items():
        subprocess.run(
            [
                *(
                    "gcc",
                    "-std=gnu11",
                    "-O1",
                    "-g",
                    "-Wall",
                    "-Wextra",
                    "-Wno-enum-conversion",
                    "-Werror",
                    "-fPIC",
                    "-shared",
                ),
                *(f"-Wl,-soname,{name}", "-o", str(folder / name)),
                *(str(_HERE / source) for source in sources),
            ],
            check=True,
        )
    return folder
