"""Settings for ``--local``: an embedded database below the local folder, its tables in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from gpu_service.local.postgres import embedded_postgres
from gpu_service.settings import Settings
from gpu_service.sink.migrate import migrate


@contextmanager
def local_settings(settings: Settings) -> Iterator[Settings]:
    """The same settings with the embedded database's URL; its tables are up to date.

    A ``DATABASE_URL`` of the user's own is left alone: ``--local`` never writes to it.
    """
    with embedded_postgres(settings.local_dir.resolve() / "postgres") as url:
        database = settings.database.model_copy(update={"database_url": url})
        anyio.run(migrate, database)
        yield settings.model_copy(update={"database": database})
