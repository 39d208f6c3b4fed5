"""Which device does the work, resolved once."""

from __future__ import annotations

from gpu_service.errors import SettingsError


def resolve_device(wanted: str) -> str:
    """Turn ``auto``, ``cpu`` or ``cuda`` into the device that will be used.

    :returns: ``cpu``: the CUDA decode path is not built yet, so ``auto`` is the CPU everywhere.
    :raises SettingsError: for ``cuda``, which never becomes the CPU silently.
    """
    if wanted == "cuda":
        raise SettingsError(
            "--device cuda: this version has no GPU path yet; use --device cpu or auto",
            reason="no_cuda",
        )
    return "cpu"
