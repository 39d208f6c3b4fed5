"""What every object store does: the same tests on a bucket and on a folder."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gpu_service.aws import s3_client
from gpu_service.errors import InternalError, SettingsError
from gpu_service.sink.base import ObjectStore, StoredObject
from gpu_service.sink.file import FileStore
from gpu_service.sink.recent import RecentObjects
from gpu_service.sink.s3 import S3Store

pytestmark = pytest.mark.anyio

KEY = "events/event_7/frame_1500.jpg"

_characters = st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="/")
_segments = st.text(_characters, min_size=1, max_size=12).filter(lambda s: s not in (".", ".."))
_keys = st.lists(_segments, min_size=1, max_size=4).map("/".join)
_metadata = st.dictionaries(
    st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    max_size=3,
)


@pytest.fixture(params=["s3", "file", "recent"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param != "s3":
        folder = FileStore(tmp_path / "store", page_keys=10)
        yield folder if request.param == "file" else RecentObjects(folder, 10_000)
        return
    bucket = request.getfixturevalue("bucket")
    async with s3_client(connections=4) as client:
        yield S3Store(client, bucket, page_keys=10)


def jpeg(key: str = KEY, body: bytes = b"\xff\xd8 body \xff\xd9", **metadata: str) -> StoredObject:
    return StoredObject(key, body, "image/jpeg", metadata)


async def keys_of(store: ObjectStore, prefix: str = "") -> list[str]:
    return [key async for key in store.list_keys(prefix)]


async def test_reads_back_what_was_put(store: ObjectStore) -> None:
    item = jpeg(video_id="5", event_id="7", timestamp="1.5")
    await store.put(item)
    assert await store.get(KEY) == item


async def test_a_check_of_a_sound_store_leaves_nothing(store: ObjectStore) -> None:
    await store.check()
    assert await keys_of(store) == []


async def test_an_object_that_is_not_there(store: ObjectStore) -> None:
    assert await store.get(KEY) is None
    await store.put(jpeg())
    assert await store.get("events/event_7") is None
    assert await store.get(KEY + "/below") is None


async def test_a_put_replaces_body_and_metadata(store: ObjectStore) -> None:
    await store.put(jpeg(body=b"old", video_id="1", only_old="x"))
    for item in (jpeg(body=b"new", video_id="2"), jpeg(body=b"new", video_id="3"), jpeg(body=b"")):
        await store.put(item)
        assert await store.get(KEY) == item
    assert await keys_of(store) == [KEY]


async def test_a_link_is_for_stores_that_have_addresses(store: ObjectStore) -> None:
    link = await store.link(KEY, seconds=60)
    assert (link is not None) == isinstance(store, S3Store)


async def test_delete(store: ObjectStore) -> None:
    others = [f"events/event_{number}/frame_0.jpg" for number in (1, 2, 70)]
    for key in (KEY, *others):
        await store.put(jpeg(key))
    await store.delete([KEY, "events/event_404/frame_0.jpg", others[0]])
    assert await keys_of(store) == sorted(others[1:])
    assert await store.get(KEY) is None
    await store.delete([])
    await store.delete(others)
    assert await keys_of(store) == []


async def test_an_object_put_again_after_its_deletion(store: ObjectStore) -> None:
    await store.put(jpeg(video_id="1"))
    await store.delete([KEY])
    await store.put(jpeg())
    assert await store.get(KEY) == jpeg()


async def test_keys_are_listed_in_the_order_of_their_bytes(store: ObjectStore) -> None:
    keys = ["a/b", "a-b", "a0", "a/a/z", "b", "a/é", "a/z", "a/\U0001f3ac", "a/\uffee"]
    for key in keys:
        await store.put(jpeg(key))
    assert await keys_of(store) == sorted(keys, key=str.encode)
    assert await keys_of(store, "a/") == sorted(
        (key for key in keys if key.startswith("a/")), key=str.encode
    )
    assert await keys_of(store, "a/a") == ["a/a/z"]
    assert await keys_of(store, "nothing") == []


async def test_more_objects_than_three_pages(store: ObjectStore) -> None:
    keys = [f"events/event_{number:05}/frame_0.jpg" for number in range(35)]
    async with anyio.create_task_group() as group:
        for share in range(4):
            group.start_soon(_put_all, store, keys[share::4])
    assert await keys_of(store, "events/") == keys
    await store.delete(keys)
    assert await keys_of(store) == []


async def _put_all(store: ObjectStore, keys: list[str]) -> None:
    for key in keys:
        await store.put(jpeg(key, b"x"))


async def test_concurrent_puts_of_one_key_leave_one_of_them_whole(store: ObjectStore) -> None:
    items = [jpeg(body=bytes([n]) * 50_000, number=str(n)) for n in range(8)]
    async with anyio.create_task_group() as group:
        for item in items:
            group.start_soon(store.put, item)
        for _ in range(10):
            seen = await store.get(KEY)
            assert seen is None or seen in items
    assert await store.get(KEY) in items


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../out",
        "a/../../out",
        "a/./b",
        "a//b",
        "a/",
        "a\x00b",
        "a\nb",
        "\udc80",
        "k" * 1025,
    ],
    ids=repr,
)
async def test_keys_that_lead_elsewhere_are_refused(store: ObjectStore, key: str) -> None:
    for attempt in (store.put(jpeg(key)), store.get(key), store.delete([key])):
        with pytest.raises(SettingsError) as caught:
            await attempt
        assert caught.value.reason == "bad_key"


@pytest.mark.parametrize(
    "metadata",
    [{"Video": "5"}, {"": "5"}, {"a b": "5"}, {"note": "x" * 2048}, {"note": "\udc80"}],
    ids=["capital", "empty", "space", "long", "surrogate"],
)
async def test_metadata_that_no_header_can_carry(
    store: ObjectStore, metadata: dict[str, str]
) -> None:
    with pytest.raises(InternalError):
        await store.put(StoredObject(KEY, b"", "image/jpeg", metadata))
    assert await keys_of(store) == []


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(key=_keys, metadata=_metadata, body=st.binary(max_size=64))
@example(key="a b/ü+&%41?#.jpg", metadata={"t": " a  b%41\r\n\t é ", "x-y_z": ""}, body=b"")
async def test_any_key_and_metadata_read_back(
    store: ObjectStore, key: str, metadata: dict[str, str], body: bytes
) -> None:
    folder = hashlib.sha256(key.encode()).hexdigest()[:16]
    item = StoredObject(f"{folder}/{key}", body, "image/jpeg", metadata)
    await store.put(item)
    assert await store.get(item.key) == item
    assert await keys_of(store, folder) == [item.key]
    await store.delete([item.key])
    assert await store.get(item.key) is None
