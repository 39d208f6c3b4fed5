"""Are the tables those that this version works with?"""

from __future__ import annotations

import asyncpg

from gpu_service.errors import SettingsError
from gpu_service.sink.connection import lent
from gpu_service.sink.database_errors import translating
from gpu_service.sink.migrations import HEAD
from gpu_service.sink.queries import QUERIES


async def check_version(pool: asyncpg.Pool, schema: str) -> None:
    """Compare the newest revision that was applied with the newest there is.

    :raises SettingsError: ``not_migrated`` or ``database_newer``.
    :raises TransientError: the database is lost.
    """
    what = f"reading the tables of schema {schema}"
    async with lent(pool, what) as connection:
        with translating(what):
            found = await connection.fetchval(QUERIES["migrated_to"])
    if found is None or found < HEAD:
        raise SettingsError(
            f"{what}: not up to date; run gpu-service migrate", reason="not_migrated"
        )
    if found > HEAD:
        raise SettingsError(
            f"{what}: at {found}, newer than this version of gpu-service; update gpu-service",
            reason="database_newer",
        )
