"""Which video a source is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gpu_service.errors import SettingsError
from gpu_service.jobs import SourceRef, Video
from gpu_service.sink.postgres import Database

pytestmark = pytest.mark.anyio

PLAIN = SourceRef("raw", "videos/holiday.mp4")
NUMBERED = SourceRef("raw", "videos/session_8/video_21.mp4")


async def test_the_order_of_ids(database: Database) -> None:
    assert await database.resolve_video(PLAIN, 5) == Video(5, None, PLAIN)
    assert await database.resolve_video(NUMBERED) == Video(21, "8", NUMBERED)
    assert await database.resolve_video(NUMBERED, 5, "x") == Video(5, "x", NUMBERED)
    assert await database.resolve_video(PLAIN) == Video(PLAIN.derived_video_id, None, PLAIN)


async def test_a_source_that_has_a_row_keeps_its_id_and_session(database: Database) -> None:
    await database.begin(Video(7, "s", PLAIN))
    assert await database.resolve_video(PLAIN) == Video(7, "s", PLAIN)
    assert await database.resolve_video(PLAIN, session="t") == Video(7, "t", PLAIN)
    other_bucket = SourceRef("other", PLAIN.key)
    assert (await database.resolve_video(other_bucket)).id == other_bucket.derived_video_id


async def test_an_id_of_another_source_is_taken(database: Database) -> None:
    await database.begin(Video(21, None, PLAIN))
    for video_id, ref in ((21, SourceRef("raw", "videos/b.mp4")), (None, NUMBERED)):
        with pytest.raises(SettingsError, match="21") as caught:
            await database.resolve_video(ref, video_id)
        assert caught.value.reason == "video_id_taken"
    with pytest.raises(SettingsError) as caught:
        await database.begin(Video(21, None, NUMBERED))
    assert caught.value.reason == "video_id_taken"


async def test_a_row_without_a_key_takes_any_source(database: Database, sql: object) -> None:
    await sql.execute("INSERT INTO video (id, session_id, s3_key) VALUES (1, 's', '')")  # type: ignore[attr-defined]
    assert await database.resolve_video(PLAIN, 1) == Video(1, "s", PLAIN)
    await database.begin(Video(1, None, PLAIN))
    [row] = [row async for row in database.videos(1)]
    assert (row.session_id, row.s3_bucket, row.s3_key) == ("s", "raw", PLAIN.key)


async def test_a_file_is_known_by_its_absolute_path(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absolute = SourceRef(None, str(tmp_path / "a.mp4"))
    await database.begin(Video(3, None, absolute))
    monkeypatch.chdir(tmp_path)
    assert (await database.resolve_video(SourceRef(None, "a.mp4"))).id == 3
    [row] = [row async for row in database.videos(3)]
    assert (row.s3_bucket, row.s3_key) == ("", str(tmp_path / "a.mp4"))


@pytest.mark.parametrize("session", ["", "..", "a/../b", "a\x00b", "s" * 1100], ids=repr)
async def test_a_session_that_no_key_can_hold(database: Database, session: str) -> None:
    with pytest.raises(SettingsError) as caught:
        await database.resolve_video(PLAIN, 5, session)
    assert caught.value.reason == "bad_key"


@pytest.mark.parametrize("video_id", [-1, 2**63])
async def test_an_id_out_of_range(database: Database, video_id: int) -> None:
    with pytest.raises(SettingsError, match="out of range"):
        await database.resolve_video(PLAIN, video_id)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(st.characters(exclude_categories=[]), min_size=1, max_size=30))
async def test_any_name_is_found_again(database: Database, name: str) -> None:
    ref = SourceRef(None, f"/films/{name}")
    first = await database.resolve_video(ref)
    await database.begin(first)
    assert await database.resolve_video(ref) == first
