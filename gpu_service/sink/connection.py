"""Connections to PostgreSQL: how one is made, lent, and holds a transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import asyncpg
from asyncpg import exceptions as pg

from gpu_service.errors import GpuServiceError, SettingsError, TransientError
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.database_errors import (
    LIBRARY_ERRORS,
    translate_database_error,
    translating,
)

_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 5.0
_URL_FORM = "it reads postgresql://user:password@host:port/database"
_ANSWER_GRACE_SECONDS = 5.0
"""How much later than the server's own timeout a silent server counts as lost."""


def connect_arguments(settings: DatabaseSettings) -> dict[str, Any]:
    """What ``asyncpg.connect`` and ``create_pool`` need.

    A session's search path is the schema of the tables alone: a table of the same name elsewhere
    is never read by mistake. Session-level settings and advisory locks need sessions: a pooler in
    between has to pool sessions, not transactions.

    :raises SettingsError: when DATABASE_URL is not set.
    """
    if not settings.database_url:
        raise SettingsError(
            "DATABASE_URL is not set; set it to postgresql://user:password@host/database, "
            "or use --local",
            reason="no_database",
        )
    timeout = settings.statement_timeout_seconds
    return {
        "dsn": re.sub(r"^(postgres|postgresql)\+\w+://", "postgresql://", settings.database_url),
        "timeout": _CONNECT_SECONDS,
        "command_timeout": timeout + _ANSWER_GRACE_SECONDS,
        "server_settings": {
            "application_name": "gpu-service",
            "search_path": f'"{settings.schema_name}"',
            "statement_timeout": str(int(timeout * 1000)),
            # A machine that vanished must not keep its locks for the system's two hours.
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
        },
    }


def translate_connect_error(error: Exception, settings: DatabaseSettings) -> GpuServiceError:
    """What it means that no connection could be made; the password is not in the message."""
    if isinstance(error, GpuServiceError):
        return error
    if isinstance(error, pg.ClientConfigurationError):
        return SettingsError(f"DATABASE_URL: {error}; {_URL_FORM}", reason="settings")
    if isinstance(error, ValueError):
        # Its words may quote a part of the password, where the URL was cut up wrongly.
        return SettingsError(
            f"DATABASE_URL is no URL; {_URL_FORM}, special characters in the password "
            "percent-encoded",
            reason="settings",
        )
    what = f"connecting to {_server(settings.database_url)}"
    if isinstance(error, OSError | TimeoutError | pg.CannotConnectNowError):
        said = str(error) or f"no answer in {_CONNECT_SECONDS:.0f} s"
        return TransientError(
            f"{what}: the database is down: {said}; check that it runs, and DATABASE_URL",
            reason="database_down",
        )
    return translate_database_error(error, what=what)


def _server(url: str) -> str:
    """Which database of which server, for messages."""
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("host", ["the default server"])[0]
    name = parts.path.strip("/")
    return f"database {name!r} on {parts.hostname or socket}" if name else parts.hostname or socket


async def connect(settings: DatabaseSettings, **overrides: str) -> asyncpg.Connection:
    """One connection, not of the pool.

    :param overrides: server settings that this session has instead.
    :raises SettingsError: the URL, the login or the database's name is wrong.
    :raises TransientError: ``database_down``.
    """
    arguments = connect_arguments(settings)
    arguments["server_settings"] |= overrides
    try:
        return await asyncpg.connect(**arguments)
    except (*LIBRARY_ERRORS, ValueError) as error:
        raise translate_connect_error(error, settings) from error


async def close(connection: asyncpg.Connection) -> None:
    """End a session, politely where the server listens; never raises, also when cancelled."""
    with anyio.CancelScope(shield=True):
        try:
            await connection.close(timeout=_CLOSE_SECONDS)
        except LIBRARY_ERRORS:
            connection.terminate()


@asynccontextmanager
async def connected(settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    """One connection, not of the pool, for the block.

    :raises SettingsError: as :func:`connect`.
    :raises TransientError: as :func:`connect`.
    """
    connection = await connect(settings)
    try:
        yield connection
    finally:
        await close(connection)


@asynccontextmanager
async def open_pool(settings: DatabaseSettings) -> AsyncIterator[asyncpg.Pool]:
    """A pool of ``settings.pool_size`` connections for the block.

    :raises SettingsError: as :func:`connect`.
    :raises TransientError: as :func:`connect`.
    """
    arguments = connect_arguments(settings)
    try:
        pool = await asyncpg.create_pool(**arguments, min_size=1, max_size=settings.pool_size)
    except (*LIBRARY_ERRORS, ValueError) as error:
        raise translate_connect_error(error, settings) from error
    try:
        yield pool
    finally:
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True) as scope:
            try:
                await pool.close()
            except LIBRARY_ERRORS:
                pool.terminate()
        if scope.cancelled_caught:
            pool.terminate()


@asynccontextmanager
async def lent(pool: asyncpg.Pool, what: str) -> AsyncIterator[Any]:
    """A connection of the pool for the block.

    :raises TransientError: the database is lost.
    """
    with translating(what):
        connection = await pool.acquire()
    try:
        yield connection
    finally:
        with anyio.CancelScope(shield=True), translating(what):
            await pool.release(connection, timeout=_CLOSE_SECONDS)


@asynccontextmanager
async def transaction(connection: Any, what: str) -> AsyncIterator[None]:
    """A transaction for the block; its ends are shielded, so that a cancelled block is rolled back.

    :raises TransientError: the database is lost; whether the commit arrived is then not known.
    """
    with anyio.CancelScope(shield=True), translating(what):
        block = connection.transaction()
        await block.start()
    try:
        yield
    except BaseException:
        await _roll_back(connection, block)
        raise
    with anyio.CancelScope(shield=True), translating(what):
        await block.commit()


async def _roll_back(connection: Any, block: Any) -> None:
    """The block's own error is what matters: a session that can't roll back is ended."""
    with anyio.CancelScope(shield=True):
        try:
            await block.rollback()
        except LIBRARY_ERRORS:
            connection.terminate()


def lock_key(*names: object) -> int:
    """The key of an advisory lock: a signed 64-bit number, the same in every process."""
    text = "\x1f".join(("gpu-service", *map(str, names)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)
