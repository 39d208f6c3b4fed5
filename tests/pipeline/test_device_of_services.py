"""Whether there is a GPU is asked beside the event loop: it may take a minute."""

from __future__ import annotations

import threading

import pytest

from gpu_service.errors import SettingsError
from gpu_service.pipeline import services
from gpu_service.pipeline.services import open_services
from gpu_service.settings import Settings
from gpu_service.trace import Trace

pytestmark = pytest.mark.anyio


async def test_the_loop_does_not_wait_for_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[threading.Thread] = []

    def resolve(wanted: str) -> str:
        asked.append(threading.current_thread())
        raise SettingsError("no driver", reason="no_cuda")

    monkeypatch.setattr(services, "resolve_device", resolve)
    with pytest.raises(SettingsError, match="no driver"):
        async with open_services(Settings(), local=True, sources=[], trace=Trace()):
            pass
    assert [thread is threading.current_thread() for thread in asked] == [False]
