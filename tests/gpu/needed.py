"""What this machine lacks for the GPU path."""

from __future__ import annotations

import os
from functools import cache

from gpu_service.decode.nvdec.caps import capabilities
from gpu_service.device import resolve_device
from gpu_service.errors import SettingsError

DEMANDED = "GPU_SERVICE_TEST_GPU"
"""``make test-gpu`` sets it: tests that can't run for want of a GPU are then no success."""


@cache
def missing() -> str | None:
    """The first thing that is missing; None where the whole path can run."""
    try:
        resolve_device("cuda")
        capabilities(0)
    except SettingsError as error:
        return error.message
    return None


def is_demanded() -> bool:
    """Whether the tests of this folder have to run."""
    return bool(os.environ.get(DEMANDED))
