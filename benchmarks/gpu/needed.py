"""A GPU, or the reason why there is no figure."""

from __future__ import annotations

from benchmarks.figures import NotToBeHadError
from gpu_service.device import resolve_device
from gpu_service.errors import SettingsError


def need_gpu() -> str:
    """The device to name.

    :raises NotToBeHadError: this machine has none that can be used.
    """
    try:
        return resolve_device("cuda")
    except SettingsError as error:
        raise NotToBeHadError(error.message) from error
