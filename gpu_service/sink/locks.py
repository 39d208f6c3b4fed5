"""Advisory locks: one run a video, one contact sheet a session at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import asyncpg

from gpu_service.errors import BusyError
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.connection import close, connect
from gpu_service.sink.database_errors import LIBRARY_ERRORS, translating

_ANSWER_GRACE_SECONDS = 5.0


@asynccontextmanager
async def advisory_lock(
    settings: DatabaseSettings, key: int, *, what: str, wait_seconds: float = 0.0
) -> AsyncIterator[asyncpg.Connection]:
    """Hold a lock on a session of its own; it ends with the block, the session or the process.

    :param what: what is locked, for the error: ``video 5``.
    :returns: the session that holds it: whatever it still can commit, the lock still covers.
    :raises BusyError: somebody else holds it, for ``wait_seconds`` at least.
    :raises TransientError: the database is down or lost.
    """
    connection = await (
        connect(settings, statement_timeout="0", lock_timeout=f"{int(wait_seconds * 1000)}ms")
        if wait_seconds
        else connect(settings)
    )
    try:
        if not await _take(connection, key, what, wait_seconds):
            raise BusyError(f"{what}: another run is working on it; try again when it is done")
        try:
            yield connection
        finally:
            await _release(connection, key)
    finally:
        await close(connection)


async def _take(connection: asyncpg.Connection, key: int, what: str, wait_seconds: float) -> bool:
    with translating(f"locking {what}"):
        if not wait_seconds:
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", key))
        try:
            await connection.execute(
                "SELECT pg_advisory_lock($1)", key, timeout=wait_seconds + _ANSWER_GRACE_SECONDS
            )
        except asyncpg.LockNotAvailableError:
            return False
        return True


async def _release(connection: asyncpg.Connection, key: int) -> None:
    """Unlock before the session ends: the server notices an end only a little later."""
    with anyio.CancelScope(shield=True):
        try:
            await connection.execute("SELECT pg_advisory_unlock($1)", key)
        except LIBRARY_ERRORS:
            connection.terminate()
