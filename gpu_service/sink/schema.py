"""Does what another application made before us fit?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gpu_service.errors import SettingsError

_TEXT = frozenset({"text", "varchar", "citext"})
_ID = frozenset({"int8", "int4"})
_INTEGER = frozenset({"int8"})
_DOUBLE = frozenset({"float8"})
_BOOLEAN = frozenset({"bool"})
_MOMENT = frozenset({"timestamptz"})

FITTING_TYPES: dict[str, dict[str, frozenset[str]]] = {
    "video": {
        "id": _ID,
        "session_id": _TEXT | _ID | {"int2", "uuid"},
        "s3_bucket": _TEXT,
        "s3_key": _TEXT,
        "etag": _TEXT,
        "duration": _DOUBLE | {"float4", "numeric"},
        "status": _TEXT,
        "reason": _TEXT,
        "message": _TEXT,
        "frames": _INTEGER,
        "object_size": _INTEGER,
        "bytes_read": _INTEGER,
        "device": _TEXT,
        "backend": _TEXT,
        "model": _TEXT,
        "fingerprint": _TEXT,
        "settings": frozenset({"jsonb"}),
        "started_at": _MOMENT,
        "finished_at": _MOMENT,
        "updated_at": _MOMENT,
    },
    "event": {
        # 53-bit ids: an integer column holds none of them.
        "id": _INTEGER,
        "video_id": _ID,
        "start_time": _DOUBLE,
        "end_time": _DOUBLE,
        "event_type": _TEXT,
        "description": _TEXT,
        "s3_thumbnail_key": _TEXT,
        "thumbnail_timestamp": _DOUBLE,
        "has_thumbnail": _BOOLEAN,
        "made_by": _TEXT,
    },
    "object_intent": {"key": _TEXT, "video_id": _INTEGER, "noted_at": _MOMENT},
}
"""The types of PostgreSQL that each column may have, by their short names."""

_MUST_EXIST = {
    "video": ("id",),
    "event": ("id", "video_id", "start_time", "end_time"),
    "object_intent": ("key", "video_id", "noted_at"),
}
"""Columns that can't be added to rows that are there already."""

COLUMNS_QUERY = """
    SELECT c.relname, c.relkind::text, a.attname, t.typname,
        format_type(a.atttypid, a.atttypmod) AS declared,
        EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL
                AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
        ) AS is_unique
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE n.nspname = :schema AND c.relname IN ('video', 'event', 'object_intent')
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is in the database, as :data:`COLUMNS_QUERY` finds it."""

    table: str
    table_kind: str
    name: str
    type_name: str
    declared: str
    is_unique: bool


def check_columns(columns: Iterable[Column]) -> None:
    """Refuse tables that the service could not write to.

    :raises SettingsError: ``database_schema``, naming every column that does not fit.
    """
    tables: dict[str, dict[str, Column]] = {}
    for column in columns:
        tables.setdefault(column.table, {})[column.name] = column
    problems = [problem for table in sorted(tables) for problem in _problems(table, tables[table])]
    if problems:
        raise SettingsError(
            "tables made by another application do not fit: " + "; ".join(problems),
            reason="database_schema",
        )


def _problems(table: str, columns: dict[str, Column]) -> Iterable[str]:
    if any(column.table_kind not in ("r", "p") for column in columns.values()):
        yield f"{table} is not a table"
        return
    for name in _MUST_EXIST[table]:
        if name not in columns:
            yield f"{table}.{name} is missing"
    for name, fitting in FITTING_TYPES[table].items():
        column = columns.get(name)
        if column is not None and column.type_name not in fitting:
            wanted = " or ".join(sorted(fitting))
            yield f"{table}.{name} is {column.declared}, not {wanted}"
    identity = columns.get("key" if table == "object_intent" else "id")
    if identity is not None and not identity.is_unique:
        yield f"{table}.{identity.name} has no primary key or unique index"
