"""What several commands need: settings, logging, an event loop that signals stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console

from gpu_service.errors import SettingsError
from gpu_service.settings import Settings, load_settings

_T = TypeVar("_T")

errors = Console(stderr=True)
"""Everything but results."""


def read_settings() -> Settings:
    """Settings from the environment; logging is set up by them.

    :raises SettingsError: naming what is wrong.
    """
    from gpu_service.console.logs import set_up_logging

    settings = load_settings()
    set_up_logging(settings.log_level, errors)
    return settings


@contextmanager
def with_database(settings: Settings, *, local: bool) -> Iterator[Settings]:
    """The settings with a database: the user's own, or with ``--local`` an embedded one.

    :raises SettingsError: neither is given, or the embedded one can't be had.
    :raises TransientError: the embedded one does not start.
    """
    if not local:
        if not settings.database.database_url:
            raise SettingsError(
                "DATABASE_URL is not set; set it to postgresql://…, or use --local for an "
                "embedded database"
            )
        yield settings
        return
    from gpu_service.local.services import local_settings

    with local_settings(settings) as embedded:
        yield embedded


def run(work: Callable[[], Awaitable[_T]], *, stopping: Callable[[], None] = lambda: None) -> _T:
    """Run ``work`` in an event loop; SIGINT and SIGTERM cancel it.

    :param stopping: called when one of them has come.
    :raises TransientError: ``interrupted``.
    """
    import anyio

    from gpu_service.pipeline.signals import stop_on_signals

    async def guarded() -> _T:
        async with stop_on_signals(stopping):
            return await work()

    return anyio.run(guarded)
