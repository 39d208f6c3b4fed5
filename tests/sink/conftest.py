"""A schema of each test's own, migrated, on the suite's PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from gpu_service.sink.postgres import Database, open_database


@pytest.fixture
def settings(postgres_url: str, schema_name: str) -> DatabaseSettings:
    """Settings of a schema that does not exist yet."""
    return DatabaseSettings().model_copy(
        update={"database_url": postgres_url, "schema_name": schema_name}
    )


@pytest.fixture
async def sql(settings: DatabaseSettings) -> AsyncIterator[Any]:
    """Another application's connection, in the test's schema."""
    connection = await asyncpg.connect(
        settings.database_url, server_settings={"search_path": settings.schema_name}
    )
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """An open database, its tables just made."""
    await migrate(settings)
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
def scratch_database(postgres_url: str) -> Callable[[], Awaitable[str]]:
    """Makes an empty database on the server; returns its URL."""

    async def make() -> str:
        name = f"scratch_{next(_NUMBERS)}"
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return postgres_url.replace("/postgres?", f"/{name}?")

    return make


_NUMBERS = iter(range(1000))
