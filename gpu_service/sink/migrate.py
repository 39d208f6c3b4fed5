"""Bringing the tables up to date, and knowing whether they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from gpu_service.errors import SettingsError
from gpu_service.settings import DatabaseSettings
from gpu_service.sink import migrations
from gpu_service.sink.connection import connect, lock_key
from gpu_service.sink.database_errors import LIBRARY_ERRORS, translate_database_error
from gpu_service.sink.schema import COLUMNS_QUERY, Column, check_columns

_LOCK_WAIT_SECONDS = 60


async def migrate(settings: DatabaseSettings) -> list[str]:
    """Apply the revisions that are missing, all of them or none; callers take turns.

    Makes the schema and the extension ``vector`` where they are missing. Tables that another
    application made are added to, never narrowed.

    :returns: the revisions that were applied, oldest first; none when all is up to date.
    :raises SettingsError: a privilege or the extension is missing, tables do not fit, the
        database is newer than this version, or what :func:`~.connection.connect` raises.
    :raises TransientError: the database is down, lost, or a table stays locked for a minute.
    """
    async with _connected(settings, "migrating") as connection:
        # The extension is the database's, not the schema's: so is the lock.
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("migrate")}
        )
        await _make_schema(connection, settings.schema_name)
        await _make_extension(connection, settings.schema_name)
        found = await connection.execute(text(COLUMNS_QUERY), {"schema": settings.schema_name})
        check_columns([Column(*row) for row in found])
        return await connection.run_sync(_upgrade, settings.schema_name)


async def pending(settings: DatabaseSettings) -> list[str]:
    """The revisions that :func:`migrate` would apply, oldest first; changes nothing.

    :raises SettingsError: as :func:`~.connection.connect`, or the database is newer than this
        version.
    :raises TransientError: the database is down or lost.
    """
    async with _connected(settings, "reading the tables' version") as connection:
        return await connection.run_sync(_pending, settings.schema_name)


@asynccontextmanager
async def _connected(settings: DatabaseSettings, what: str) -> AsyncIterator[AsyncConnection]:
    async def creator() -> asyncpg.Connection:
        return await connect(settings, statement_timeout="0", lock_timeout=f"{_LOCK_WAIT_SECONDS}s")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=creator, poolclass=NullPool)
    try:
        with _translating(what):
            async with engine.begin() as connection:
                yield connection
    finally:
        with anyio.CancelScope(shield=True):
            await engine.dispose()


@contextmanager
def _translating(what: str) -> Iterator[None]:
    try:
        yield
    except (CommandError, RevisionError) as error:
        raise SettingsError(
            f"{what}: {error}; the database was migrated by another version of gpu-service",
            reason="database_newer",
        ) from error
    except (SQLAlchemyError, *LIBRARY_ERRORS) as error:
        raise translate_database_error(_root(error), what=what) from error


def _root(error: Exception) -> Exception:
    """asyncpg's own error, below the two layers that SQLAlchemy wraps it in."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, LIBRARY_ERRORS):
            return cause
        cause = getattr(cause, "orig", None) or cause.__cause__
    return error


async def _make_schema(connection: AsyncConnection, schema: str) -> None:
    # CREATE … IF NOT EXISTS asks for the privilege even where there is nothing to create.
    found = await connection.scalar(
        text("SELECT true FROM pg_namespace WHERE nspname = :schema"), {"schema": schema}
    )
    if not found:
        await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))


async def _make_extension(connection: AsyncConnection, schema: str) -> None:
    if await connection.scalar(text("SELECT true FROM pg_extension WHERE extname = 'vector'")):
        return
    if not await connection.scalar(
        text("SELECT true FROM pg_available_extensions WHERE name = 'vector'")
    ):
        raise SettingsError(
            "the server has no extension vector: install pgvector on it (the package "
            "postgresql-NN-pgvector; managed services have it built in), then migrate again",
            reason="no_pgvector",
        )
    # In public, where there is one: dropping our schema must not take the extension along.
    has_public = await connection.scalar(text("SELECT to_regnamespace('public') IS NOT NULL"))
    home = "public" if has_public else schema
    try:
        await connection.execute(text(f'CREATE EXTENSION IF NOT EXISTS vector SCHEMA "{home}"'))
    except SQLAlchemyError as error:
        root = _root(error)
        if not isinstance(root, asyncpg.InsufficientPrivilegeError):
            raise
        raise SettingsError(
            f"creating the extension vector: {root}; have somebody who may run "
            "CREATE EXTENSION vector in this database, then migrate again",
            reason="database_privilege",
        ) from error


def _config(connection: Connection, schema: str) -> Config:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(migrations.__file__).parent).replace("%", "%%")
    )
    config.attributes |= {"connection": connection, "schema": schema}
    return config


def _pending(connection: Connection, schema: str) -> list[str]:
    scripts = ScriptDirectory.from_config(_config(connection, schema))
    context = MigrationContext.configure(
        connection,
        opts={"version_table": migrations.VERSION_TABLE, "version_table_schema": schema},
    )
    current = context.get_current_revision()
    newest_first = scripts.iterate_revisions(scripts.get_current_head(), current)
    return [script.revision for script in newest_first][::-1]


def _upgrade(connection: Connection, schema: str) -> list[str]:
    waiting = _pending(connection, schema)
    if waiting:
        command.upgrade(_config(connection, schema), "head")
    return waiting
