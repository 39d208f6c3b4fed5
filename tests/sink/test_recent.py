"""What :class:`RecentObjects` adds; that it is a store like any other, test_object_store says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from gpu_service.errors import TransientError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.recent import RecentObjects

pytestmark = pytest.mark.anyio


class Shelf:
    """A store in memory that counts what it is asked for."""

    name = "shelf"

    def __init__(self) -> None:
        self.items: dict[str, StoredObject] = {}
        self.asked: list[str] = []
        self.refuses = False

    async def check(self) -> None:
        pass

    async def put(self, item: StoredObject) -> None:
        if self.refuses:
            raise TransientError("full")
        self.items[item.key] = item

    async def get(self, key: str) -> StoredObject | None:
        self.asked.append(key)
        return self.items.get(key)

    async def link(self, key: str, *, seconds: int) -> str | None:
        return f"shelf:{key}?{seconds}"

    async def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.items.pop(key, None)

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        for key in sorted(self.items):
            yield key


def thumbnail(number: int, body: bytes = b"12345") -> StoredObject:
    return StoredObject(f"events/event_{number}/frame_0.jpg", body, "image/jpeg")


async def test_what_was_put_is_not_fetched() -> None:
    shelf = Shelf()
    store = RecentObjects(shelf, 100)
    await store.put(thumbnail(1))
    shelf.items["elsewhere"] = thumbnail(2)

    assert await store.get(thumbnail(1).key) == thumbnail(1)
    assert await store.get("elsewhere") == thumbnail(2)
    assert shelf.asked == ["elsewhere"]


async def test_links_are_those_of_the_store_behind_it() -> None:
    assert await RecentObjects(Shelf(), 100).link("a", seconds=60) == "shelf:a?60"


async def test_what_was_used_longest_ago_goes_first() -> None:
    shelf = Shelf()
    store = RecentObjects(shelf, 12)
    await store.put(thumbnail(1))
    await store.put(thumbnail(2))
    await store.get(thumbnail(1).key)
    await store.put(thumbnail(3))

    assert store.held_bytes == 10
    for number in (1, 2, 3):
        assert await store.get(thumbnail(number).key) == thumbnail(number)
    assert shelf.asked == [thumbnail(2).key]


async def test_what_is_larger_than_all_there_may_be_is_not_kept() -> None:
    store = RecentObjects(Shelf(), 4)
    await store.put(thumbnail(1))
    assert store.held_bytes == 0


async def test_a_put_that_fails_leaves_nothing_that_the_store_has_not() -> None:
    shelf = Shelf()
    store = RecentObjects(shelf, 100)
    await store.put(thumbnail(1, b"old"))
    shelf.refuses = True
    with pytest.raises(TransientError):
        await store.put(thumbnail(1, b"new"))

    assert await store.get(thumbnail(1).key) == thumbnail(1, b"old")
    assert shelf.asked == [thumbnail(1).key]


async def test_sheets_are_not_kept() -> None:
    store = RecentObjects(Shelf(), 100)
    await store.put(StoredObject("events/sessions/7/timeline_overview.jpg", b"1", "image/jpeg"))
    assert store.held_bytes == 0
