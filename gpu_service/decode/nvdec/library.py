"""PyNvVideoCodec, imported when it is first needed."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from gpu_service.errors import SettingsError


@cache
def library() -> Any:
    """The module.

    Never in a process whose GPU has not been probed: a failing CUDA call in it ends the process.

    :raises SettingsError: ``no_cuda``, it or the driver's libraries are missing.
    """
    try:
        return importlib.import_module("PyNvVideoCodec")
    # Where a driver library is missing it raises a RuntimeError.
    except Exception as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise SettingsError(
            f"PyNvVideoCodec cannot be used ({first}); install gpu-service[cuda], and let the "
            "container have NVIDIA_DRIVER_CAPABILITIES=compute,video,utility",
            reason="no_cuda",
        ) from error
