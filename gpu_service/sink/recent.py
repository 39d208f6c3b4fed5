"""A store that still has what went into it last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence

from gpu_service.events import session_of
from gpu_service.sink.base import ObjectStore, StoredObject


class RecentObjects:
    """An :class:`~gpu_service.sink.base.ObjectStore` in front of another one.

    A contact sheet is drawn anew with every video of its session, of thumbnails that this process
    has mostly stored itself: they need not be fetched. Sheets are not kept, since nobody here asks
    for them.

    :param most_bytes: of the bodies that are kept; those that were used longest ago go first.
    """

    def __init__(self, store: ObjectStore, most_bytes: int) -> None:
        self.name = store.name
        self.held_bytes = 0
        """Of the bodies that are kept."""
        self._store = store
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, StoredObject] = OrderedDict()

    async def check(self) -> None:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        await self._store.check()

    async def put(self, item: StoredObject) -> None:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        self._forget(item.key)
        await self._store.put(item)
        if session_of(item.key) is None:
            self._kept[item.key] = item
            self.held_bytes += len(item.body)
        while self.held_bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    async def get(self, key: str) -> StoredObject | None:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return await self._store.get(key)

    async def link(self, key: str, *, seconds: int) -> str | None:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        return await self._store.link(key, seconds=seconds)

    async def delete(self, keys: Sequence[str]) -> None:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        for key in keys:
            self._forget(key)
        await self._store.delete(keys)

    def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """See :class:`~gpu_service.sink.base.ObjectStore`."""
        return self._store.list_keys(prefix)

    def _forget(self, key: str) -> None:
        item = self._kept.pop(key, None)
        if item is not None:
            self.held_bytes -= len(item.body)
