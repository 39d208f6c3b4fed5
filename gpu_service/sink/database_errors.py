"""PostgreSQL's errors, translated once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from asyncpg import exceptions as pg

from gpu_service.errors import GpuServiceError, InternalError, SettingsError, TransientError

LIBRARY_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What a call of asyncpg may raise: the server's word, the client's, the network's."""

_LOST = (
    pg.PostgresConnectionError,
    pg.AdminShutdownError,
    pg.CrashShutdownError,
    pg.CannotConnectNowError,
    pg.IdleInTransactionSessionTimeoutError,
    # The server has ended the session, and its farewell comes in the way of the next statement.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_PASSING: tuple[tuple[type[Exception], str], ...] = (
    (pg.LockNotAvailableError, "database_locked"),
    (pg.QueryCanceledError, "database_slow"),
    (pg.TooManyConnectionsError, "database_down"),
    (pg.DiskFullError, "database_full"),
    (pg.ReadOnlySQLTransactionError, "database_read_only"),
    (pg.TransactionRollbackError, "database_conflict"),
    (pg.InsufficientResourcesError, "database_down"),
    (pg.OperatorInterventionError, "database_lost"),
)
_NOT_MIGRATED = (pg.UndefinedTableError, pg.UndefinedColumnError, pg.InvalidSchemaNameError)
_REFUSED = (
    pg.IntegrityConstraintViolationError,
    pg.DataError,
    pg.WrongObjectTypeError,
    pg.DuplicateObjectError,
    pg.DatatypeMismatchError,
)
"""Tables that another application shaped in a way that :mod:`.schema` did not foresee."""
_LOGIN = (pg.InvalidPasswordError, pg.InvalidAuthorizationSpecificationError)


def translate_database_error(error: Exception, *, what: str) -> GpuServiceError:
    """The error of ours that says the same; raise it ``from`` the original.

    :param what: what was being done: ``publishing video 5``.
    """
    if isinstance(error, GpuServiceError):
        return error
    for kind, reason in _PASSING:
        if isinstance(error, kind) and not isinstance(error, _LOST):
            return TransientError(f"{what}: {_said(error)}", reason=reason)
    if isinstance(error, _LOST) or _is_closed(error):
        return TransientError(
            f"{what}: the connection to the database was lost: {_said(error)}",
            reason="database_lost",
        )
    return _permanent(error, what)


def _permanent(error: Exception, what: str) -> GpuServiceError:
    said = _said(error)
    if isinstance(error, _LOGIN):
        return SettingsError(
            f"{what}: the database refuses the login: {said}; check DATABASE_URL",
            reason="database_credentials",
        )
    if isinstance(error, pg.InvalidCatalogNameError):
        return SettingsError(
            f"{what}: {said}; create it or change DATABASE_URL", reason="database_missing"
        )
    if isinstance(error, pg.InsufficientPrivilegeError):
        return SettingsError(
            f"{what}: {said}; grant it to the role of DATABASE_URL", reason="database_privilege"
        )
    if isinstance(error, _NOT_MIGRATED):
        return SettingsError(f"{what}: {said}; run gpu-service migrate", reason="not_migrated")
    if isinstance(error, pg.NotNullViolationError):
        return SettingsError(
            f"{what}: column {error.column_name!r} of table {error.table_name!r} is NOT NULL and "
            "has no default, and the service has no value for it; give it a default in the "
            "database (db_default in Django) or allow NULL",
            reason="database_schema",
        )
    if isinstance(error, _REFUSED):
        return SettingsError(
            f"{what}: the tables do not allow it: {said}", reason="database_schema"
        )
    return InternalError(f"{what}: {type(error).__name__}: {said}", reason="database_error")


def _is_closed(error: Exception) -> bool:
    """asyncpg has no class of its own for the use of a connection that has gone."""
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)


def _said(error: Exception) -> str:
    detail = getattr(error, "detail", None)
    words = str(error).split("\n")[0] or type(error).__name__
    return f"{words} ({detail})" if detail else words


@contextmanager
def translating(what: str) -> Iterator[None]:
    """Every error of the library in the block leaves as one of ours.

    :raises GpuServiceError: see :func:`translate_database_error`.
    """
    try:
        yield
    except LIBRARY_ERRORS as error:
        raise translate_database_error(error, what=what) from error
