"""Which device does the work, resolved once."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import subprocess
import sys
import warnings

from gpu_service.errors import SettingsError

logger = logging.getLogger(__name__)

_DRIVER = "libcuda.so.1"
_ASK_SECONDS = 60

_ASK_DRIVER = f"""
import ctypes, sys
cuda, count = ctypes.CDLL("{_DRIVER}"), ctypes.c_int()
error = cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count))
if error or not count.value:
    sys.exit(f"the driver finds no GPU (CUDA error {{error}})")
"""


def resolve_device(wanted: str) -> str:
    """Turn ``auto``, ``cpu`` or ``cuda`` into the device that will be used.

    ``auto`` is CUDA where torch can use a GPU; what NVDEC cannot decode there is decoded on the CPU.

    :returns: ``cpu`` or ``cuda``.
    :raises SettingsError: ``no_cuda`` for ``cuda``, which never becomes the CPU silently, where
        the GPU, its driver or a library for it is missing.
    """
    if wanted == "cpu":
        return "cpu"
    reason = _why_no_gpu()
    if wanted == "cuda":
        reason = reason or _why_no_nvdec()
    elif reason is not None:
        logger.debug("no GPU: %s", reason)
        return "cpu"
    if reason is not None:
        raise SettingsError(
            f"--device cuda: {reason}; use --device cpu or auto to work without",
            reason="no_cuda",
        )
    return "cuda"


def _why_no_gpu() -> str | None:
    try:
        # Loading it starts nothing yet, and spares a machine without a GPU the rest.
        ctypes.CDLL(_DRIVER)
    except OSError:
        return f"{_DRIVER} of NVIDIA's driver is missing"
    try:
        # A broken driver may end the process that starts it.
        asked = subprocess.run(
            [sys.executable, "-c", _ASK_DRIVER],
            capture_output=True,
            text=True,
            timeout=_ASK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the driver gave no answer within {_ASK_SECONDS} s"
    if asked.returncode != 0:
        words = asked.stderr.strip().splitlines()
        return words[-1] if words else f"the driver ended the process ({asked.returncode})"
    return _why_not_torch()


def _why_not_torch() -> str | None:
    import torch

    if torch.version.cuda is None:
        return "this torch is built without CUDA"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        usable = torch.cuda.is_available()
    if usable:
        return None
    # Why, as with a driver that is too old, it only warns of.
    said = "".join(f": {' '.join(str(warning.message).split())}" for warning in caught[:1])
    return f"torch, built for CUDA {torch.version.cuda}, cannot use the GPU{said}"


def _why_no_nvdec() -> str | None:
    if importlib.util.find_spec("PyNvVideoCodec") is None:
        return "PyNvVideoCodec is not installed, which gpu-service[cuda] brings"
    return None
