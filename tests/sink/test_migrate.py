"""Migrations on a real server: fresh, again, at once, without privileges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

import anyio
import asyncpg
import pytest

from gpu_service.errors import SettingsError, TransientError
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate, pending
from gpu_service.sink.migrations import HEAD
from gpu_service.sink.postgres import open_database

pytestmark = pytest.mark.anyio

MakeDatabase = Callable[[], Awaitable[str]]


def at(settings: DatabaseSettings, url: str) -> DatabaseSettings:
    return settings.model_copy(update={"database_url": url})


def as_role(url: str, role: str) -> str:
    return url.replace("postgres:@", f"{role}:@")


async def test_migrating_a_fresh_schema_then_again(settings: DatabaseSettings, sql: Any) -> None:
    assert await pending(settings) == [HEAD]
    assert await migrate(settings) == [HEAD]
    assert await pending(settings) == []
    assert await migrate(settings) == []
    columns = {
        (row["table_name"], row["column_name"]): (row["data_type"], row["character_maximum_length"])
        for row in await sql.fetch(
            "SELECT * FROM information_schema.columns WHERE table_schema = $1",
            settings.schema_name,
        )
    }
    assert columns["event", "id"] == ("bigint", None)
    assert columns["event", "start_time"] == ("double precision", None)
    assert columns["event", "event_type"] == ("character varying", 50)
    assert columns["event", "description"] == ("text", None)
    assert columns["event", "s3_thumbnail_key"] == ("character varying", 500)
    assert columns["event", "has_thumbnail"] == ("boolean", None)
    assert columns["video", "duration"] == ("double precision", None)


def test_head_is_the_newest_file() -> None:
    versions = resources.files("gpu_service.sink.migrations").joinpath("versions")
    numbers = sorted(path.name[:4] for path in versions.iterdir() if path.name[0].isdigit())
    assert numbers[-1] == HEAD


async def test_concurrent_callers_take_turns(settings: DatabaseSettings) -> None:
    applied: list[list[str]] = []

    async def one() -> None:
        applied.append(await migrate(settings))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(one)
    assert sorted(applied) == [[], [], [], [HEAD]]


async def test_a_database_that_a_newer_version_migrated(
    settings: DatabaseSettings, sql: Any
) -> None:
    await migrate(settings)
    await sql.execute("UPDATE gpu_service_migration SET version_num = '9999'")
    for attempt in (migrate(settings), pending(settings)):
        with pytest.raises(SettingsError, match="9999") as caught:
            await attempt
        assert caught.value.reason == "database_newer"
    with pytest.raises(SettingsError, match="update gpu-service"):
        async with open_database(settings):
            pass


async def test_tables_that_are_missing(settings: DatabaseSettings) -> None:
    with pytest.raises(SettingsError, match="gpu-service migrate") as caught:
        async with open_database(settings):
            pass
    assert caught.value.reason == "not_migrated"


async def test_an_error_half_way_leaves_nothing(settings: DatabaseSettings, sql: Any) -> None:
    # The last statements meet a name that is taken by something else.
    await sql.execute(f"CREATE SCHEMA {settings.schema_name}")
    await sql.execute("CREATE TYPE object_intent AS (a int)")
    with pytest.raises(SettingsError):
        await migrate(settings)
    tables = await sql.fetchval(
        "SELECT count(*) FROM pg_tables WHERE schemaname = $1", settings.schema_name
    )
    assert tables == 0


async def test_a_table_that_stays_locked(
    settings: DatabaseSettings, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpu_service.sink.migrate._LOCK_WAIT_SECONDS", 1)
    await sql.execute(f"CREATE SCHEMA {settings.schema_name}")
    await sql.execute("CREATE TABLE video (id bigint PRIMARY KEY)")
    async with sql.transaction():
        await sql.execute("LOCK TABLE video")
        with pytest.raises(TransientError) as caught:
            await migrate(settings)
    assert caught.value.reason == "database_locked"
    assert await migrate(settings) == [HEAD]


async def test_a_role_that_may_not_create_the_extension(
    settings: DatabaseSettings, scratch_database: MakeDatabase
) -> None:
    url = await scratch_database()
    schema = settings.schema_name
    owner = await asyncpg.connect(url)
    await owner.execute(f"CREATE ROLE plain_{schema} LOGIN")
    as_plain = at(settings, as_role(url, f"plain_{schema}"))

    with pytest.raises(SettingsError, match=r"permission denied.*grant") as caught:
        await migrate(as_plain)
    assert caught.value.reason == "database_privilege"

    await owner.execute(f"CREATE SCHEMA {schema} AUTHORIZATION plain_{schema}")
    with pytest.raises(SettingsError, match="CREATE EXTENSION vector") as caught:
        await migrate(as_plain)
    assert caught.value.reason == "database_privilege"

    await owner.execute("CREATE EXTENSION vector")
    await owner.close()
    assert await migrate(as_plain) == [HEAD]
    async with open_database(as_plain):
        pass


async def test_an_extension_that_is_not_installed(
    settings: DatabaseSettings, scratch_database: MakeDatabase
) -> None:
    url = await scratch_database()
    owner = await asyncpg.connect(url)
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET extension_control_path = '/nowhere'")
    await owner.close()
    with pytest.raises(SettingsError, match="install pgvector") as caught:
        await migrate(at(settings, url))
    assert caught.value.reason == "no_pgvector"


async def test_a_role_that_does_not_own_the_tables(settings: DatabaseSettings, sql: Any) -> None:
    schema = settings.schema_name
    await sql.execute(f"CREATE SCHEMA {schema}")
    await sql.execute("CREATE TABLE video (id bigint PRIMARY KEY)")
    await sql.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    await sql.execute(f"CREATE ROLE guest_{schema} LOGIN")
    await sql.execute(f"GRANT ALL ON SCHEMA {schema} TO guest_{schema}")
    with pytest.raises(SettingsError, match="must be owner of table video") as caught:
        await migrate(at(settings, as_role(settings.database_url, f"guest_{schema}")))
    assert caught.value.reason == "database_privilege"
