"""All checks, in the order in which they are shown."""

from __future__ import annotations

import anyio.to_thread

from gpu_service.doctor.check import Check
from gpu_service.doctor.gpu import gpu_checks
from gpu_service.doctor.machine import machine_checks
from gpu_service.doctor.services import service_checks
from gpu_service.settings import Settings


async def examine(settings: Settings) -> list[Check]:
    """Run every check; one that fails does not stop the next."""
    return [
        *machine_checks(),
        *await anyio.to_thread.run_sync(gpu_checks, settings.device),
        *await service_checks(settings),
    ]
