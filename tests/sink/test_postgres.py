"""Timelines: published whole, replaced whole, read back exactly."""

from __future__ import annotations

import dataclasses
import time
from fractions import Fraction
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gpu_service.errors import InputError, InternalError
from gpu_service.events import Event
from gpu_service.jobs import VideoStatus
from gpu_service.sink.postgres import Database
from tests.sink.rows import publish, published, timeline, video

pytestmark = pytest.mark.anyio

_seconds = st.fractions(min_value=0, max_value=10**6)


async def test_the_life_of_a_row(database: Database) -> None:
    await database.begin(video(5, "s"))
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.session_id, row.s3_bucket) == ("running", "s", "raw")
    assert row.started_at is not None
    assert row.finished_at is None

    await publish(database, video(5, "s"), timeline(5, 2))
    await database.finish(5, VideoStatus.PARTIAL, "truncated", "cut short")
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason, row.message) == ("partial", "truncated", "cut short")
    assert (row.etag, row.duration, row.frames) == ("etag", 2.0, 100)
    assert (row.object_size, row.bytes_read) == (1000, 1100)
    assert (row.device, row.backend, row.model) == ("cpu", "pyav/h264", "transnetv2")
    assert row.settings == {"threshold": 0.5}
    assert row.finished_at is not None

    await database.begin(video(5, "s"))
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason, row.message, row.finished_at) == ("running", None, None, None)
    assert row.etag == "etag"


async def test_a_video_that_does_not_exist(database: Database) -> None:
    with pytest.raises(InputError, match="no video 404"):
        [row async for row in database.videos(404)]
    assert await published(database, 404) == []


async def test_videos_in_pages(database: Database, sql: Any) -> None:
    await sql.execute("INSERT INTO video (id) SELECT generate_series(-3, 1200)")
    assert [row.id async for row in database.videos()] == list(range(-3, 1201))


async def test_a_failure_keeps_earlier_events(database: Database) -> None:
    events = timeline(5, 3)
    await database.begin(video(5))
    await publish(database, video(5), events)
    await database.begin(video(5))
    await database.fail(5, "r" * 80, "it\x00 broke")
    [row] = [row async for row in database.videos(5)]
    assert (row.status, row.reason, row.message) == ("failed", "r" * 50, "it� broke")
    assert await published(database, 5) == [event.thumbnail_key for event in events]
    await database.fail(404, "bad_input", "no row, nothing to say it in")


async def test_keys_are_on_record_until_rows_point_at_them(database: Database) -> None:
    old, new = timeline(5, 3), timeline(5, 3, run="b")
    kept = new[:1] + old[1:2]
    await database.begin(video(5))

    await database.note_intents(5, [event.thumbnail_key for event in old])
    assert await database.stale_keys(5) == sorted(event.thumbnail_key for event in old)
    await publish(database, video(5), old)
    assert await database.stale_keys(5) == []

    keys = [event.thumbnail_key for event in new]
    await database.note_intents(5, keys)
    await database.note_intents(5, keys)
    assert await database.stale_keys(5) == sorted(keys)
    await publish(database, video(5), kept)
    gone = {event.thumbnail_key for event in (*old, *new)} - {e.thumbnail_key for e in kept}
    assert await database.stale_keys(5) == sorted(gone)
    assert await database.stale_keys(6) == []
    await database.clear_intents(sorted(gone))
    assert await database.stale_keys(5) == []


async def test_a_noted_key_that_a_row_points_at_is_not_stale(database: Database) -> None:
    events = timeline(5, 2)
    await database.begin(video(5))
    await publish(database, video(5), events)
    await database.note_intents(5, [event.thumbnail_key for event in events])
    assert await database.stale_keys(5) == []


async def test_an_event_without_its_thumbnail_points_at_nothing(database: Database) -> None:
    first, second = timeline(5, 2)
    await database.begin(video(5))
    await publish(database, video(5), [first, second])
    await publish(database, video(5), [first, dataclasses.replace(second, has_thumbnail=False)])
    rows = {row.id: row async for row in database.events_of(5)}
    assert rows[first.id].has_thumbnail
    bare = rows[second.id]
    assert (bare.has_thumbnail, bare.s3_thumbnail_key, bare.thumbnail_timestamp) == (
        False,
        None,
        None,
    )
    assert await database.stale_keys(5) == [second.thumbnail_key]


async def test_a_row_whose_key_changes_leaves_its_old_key_on_record(database: Database) -> None:
    [event] = timeline(5, 1)
    moved = dataclasses.replace(event, thumbnail_key="other")
    await database.begin(video(5))
    await publish(database, video(5), [event])
    await publish(database, video(5), [moved])
    assert await published(database, 5) == ["other"]
    assert await database.stale_keys(5) == [event.thumbnail_key]


async def test_an_id_of_another_video_changes_nothing(database: Database) -> None:
    first, second = timeline(5, 3), timeline(6, 3)
    for number, events in ((5, first), (6, second)):
        await database.begin(video(number))
        await publish(database, video(number), events)
    with pytest.raises(InternalError) as caught:
        await publish(database, video(6), [*timeline(6, 2, run="b"), first[1]])
    assert caught.value.reason == "event_id_taken"
    assert await published(database, 5) == [event.thumbnail_key for event in first]
    assert await published(database, 6) == [event.thumbnail_key for event in second]
    assert await database.stale_keys(6) == []


async def test_what_no_column_can_hold(database: Database) -> None:
    [event] = timeline(5, 1)
    await database.begin(video(5))
    for unfit in (
        dataclasses.replace(event, event_type="t" * 51),
        dataclasses.replace(event, thumbnail_key="k" * 501),
    ):
        with pytest.raises(InternalError):
            await publish(database, video(5), [unfit])
    with pytest.raises(InternalError, match=str(event.id)):
        await publish(database, video(5), [event, event])
    assert await published(database, 5) == []


async def test_a_video_whose_row_was_deleted_meanwhile(database: Database, sql: Any) -> None:
    await database.begin(video(5))
    await sql.execute("DELETE FROM video")
    with pytest.raises(InputError) as caught:
        await publish(database, video(5), timeline(5, 1))
    assert caught.value.reason == "video_deleted"


async def test_the_events_of_a_session(database: Database, sql: Any) -> None:
    lone = video(9)
    for of in (video(2, "s"), video(1, "s"), video(3, "t"), lone):
        await database.begin(of)
        await publish(database, of, timeline(of.id, 2))
    await database.fail(2, "bad_input", "the second analysis failed")
    await sql.execute(
        "INSERT INTO event (video_id, start_time, end_time, event_type, description) "
        "VALUES (1, 0, 1, 'note', 'without a picture'), (9, 0, 1, 'note', '')"
    )
    found = await database.session_events(video(1, "s"))
    assert [(event.video_id, event.start_time) for event in found] == [
        (1, 0.0), (1, 1.0), (2, 0.0), (2, 1.0)
    ]  # fmt: skip
    assert [event.video_id for event in await database.session_events(lone)] == [9, 9]


async def test_every_key_once_in_the_order_of_its_bytes(database: Database, sql: Any) -> None:
    for number in (1, 2):
        await database.begin(video(number))
        await publish(database, video(number), timeline(number, 400))
    extra = ["events/a", "events/B", "events/c", "events/é", "events/a-b", "events/a/b"]
    await sql.execute(
        "INSERT INTO event (video_id, start_time, end_time, s3_thumbnail_key) "
        "SELECT 1, 0, 1, unnest($1::text[])",
        [*extra, "events/a"],
    )
    keys = [event.thumbnail_key for number in (1, 2) for event in timeline(number, 400)]
    expected = sorted([*keys, *extra], key=str.encode)
    assert [key async for key in database.thumbnail_keys()] == expected


async def test_a_reader_never_sees_a_mix(database: Database) -> None:
    old, new = timeline(5, 300), timeline(5, 400, run="b")
    wanted = [[event.thumbnail_key for event in events] for events in (old, new)]
    await database.begin(video(5))
    await publish(database, video(5), old)
    seen = []

    async def read(scope: anyio.CancelScope) -> None:
        while not scope.cancel_called:
            seen.append(await published(database, 5))

    async with anyio.create_task_group() as group:
        group.start_soon(read, group.cancel_scope)
        for _ in range(4):
            await publish(database, video(5), new)
            await publish(database, video(5), old)
        group.cancel_scope.cancel()
    assert len(seen) > 3
    assert all(keys in wanted for keys in seen)


async def test_two_videos_at_once(database: Database) -> None:
    async def run(number: int) -> None:
        await database.begin(video(number))
        for name in ("a", "b", "a", "b"):
            events = timeline(number, 2100, run=name)
            await database.note_intents(number, [event.thumbnail_key for event in events])
            await publish(database, video(number), events)

    async with anyio.create_task_group() as group:
        group.start_soon(run, 5)
        group.start_soon(run, 6)
    for number in (5, 6):
        keys = [event.thumbnail_key for event in timeline(number, 2100, run="b")]
        assert await published(database, number) == keys
        assert len(await database.stale_keys(number)) == 2100


async def test_ten_thousand_events(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    await database.begin(video(5))
    spent = {}
    for what, name in (("first", "a"), ("again", "a"), ("replaced", "b")):
        events = timeline(5, 10_000, run=name)
        start = time.perf_counter()
        await database.note_intents(5, [event.thumbnail_key for event in events])
        await publish(database, video(5), events)
        spent[what] = round(time.perf_counter() - start, 2)
        start = time.perf_counter()
        assert len(await published(database, 5)) == 10_000
        spent[f"{what} read"] = round(time.perf_counter() - start, 2)
    with capsys.disabled():
        print(f"\n10,000 events, seconds: {spent}")  # noqa: T201


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=_seconds,
    length=_seconds,
    at=_seconds,
    description=st.text(st.characters(exclude_categories=[]), max_size=60),
    kind=st.text(max_size=50),
)
@example(Fraction(1, 3), Fraction(1001, 30000), Fraction(2, 3), "a\x00b\ud800 süß 🎬", "\x00")
async def test_any_event_reads_back(
    database: Database, start: Fraction, length: Fraction, at: Fraction, description: str, kind: str
) -> None:
    event = Event(77, start, start + length, kind, description, 1, at, "events/event_77/x.jpg")
    await database.begin(video(5))
    await publish(database, video(5), [event])
    [row] = [row async for row in database.events_of(5)]
    assert (row.start_time, row.end_time) == (float(start), float(start + length))
    assert row.thumbnail_timestamp == float(at)
    assert row.has_thumbnail
    storable = "".join(
        "\ufffd" if char == "\x00" else "?" if "\ud800" <= char <= "\udfff" else char
        for char in description
    )
    assert row.description == storable
    assert row.event_type == kind.replace("\x00", "\ufffd")
