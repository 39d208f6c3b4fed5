"""``serve``: the internal HTTP trigger."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gpu_service.commands.common import errors, read_settings, run, with_database
from gpu_service.commands.stop_in_time import stop_in_time
from gpu_service.errors import SettingsError, TransientError

if TYPE_CHECKING:
    from gpu_service.http.serving import Serving

logger = logging.getLogger("gpu_service.cli")

_LIBRARIES = ("fastapi", "uvicorn")
_NAMED = 10
"""Undone videos that the last line names."""


def run_serve(host: str, port: int, *, device: str | None, local: bool) -> int:
    """Serve until a signal comes, however early; returns the exit code: 0, as nothing was undone.

    :param port: 0 for a free one.
    :param device: None leaves it to the settings.
    :raises TransientError: ``interrupted``, when jobs were queued or running; or as the pipeline.
    :raises SettingsError: the extra ``http`` is not installed, it can't listen there, or as the
        pipeline.
    """
    serving: Serving | None = None
    try:
        with _installed():
            from gpu_service.http.server import serve
            from gpu_service.http.serving import Serving
        settings = read_settings()
        if device is not None:
            settings = settings.model_copy(update={"device": device})
        with with_database(settings, local=local) as settings, stop_in_time() as stopping:
            serving = Serving(settings)
            run(
                lambda: serve(serving, host, port, local=local, started=_started),
                stopping=stopping,
            )
    except TransientError as error:
        if error.reason != "interrupted":
            raise
        undone = [str(job.video_id) for job in serving.undone] if serving is not None else []
        if undone:
            named = ", ".join(undone[:_NAMED]) + (", …" if len(undone) > _NAMED else "")
            raise TransientError(
                f"stopped with {len(undone)} jobs undone (video {named}); nothing is "
                "half-written, ask for them again",
                reason="interrupted",
            ) from error
    return 0


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _LIBRARIES:
            raise
        raise SettingsError(
            "the HTTP server is not installed: pip install 'gpu-service[http]'",
            reason="not_installed",
        ) from error


def _started(address: str) -> None:
    errors.print(f"serving on {address}", markup=False, highlight=False, soft_wrap=True)
    host = urlsplit(address).hostname
    if host is not None and not ipaddress.ip_address(host).is_loopback:
        logger.warning(
            "whoever reaches %s can start analyses: it asks nobody who they are", address
        )
