"""What every object store offers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class StoredObject:
    """An object as it is stored: body, content type and its own metadata."""

    key: str
    body: bytes
    content_type: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"StoredObject({self.key!r}, {len(self.body)} bytes, {self.content_type})"


class ObjectStore(Protocol):
    """One bucket, or a folder that behaves like one.

    Every method raises :class:`~gpu_service.errors.SettingsError` for a missing bucket, denied
    access or wrong credentials, and :class:`~gpu_service.errors.TransientError` for what may pass.
    """

    name: str
    """Where it is, for people: ``s3://bucket`` or a path."""

    async def check(self) -> None:
        """Find out early, before a video's work, what nothing could be stored in.

        It says nothing of a store that is merely shy: only a put proves that puts are allowed.
        """
        ...

    async def put(self, item: StoredObject) -> None:
        """Store whole or not at all; an object of the same key is replaced."""
        ...

    async def get(self, key: str) -> StoredObject | None:
        """The whole object; None where there is none."""
        ...

    async def link(self, key: str, *, seconds: int) -> str | None:
        """An address at which whoever has it can GET the object, for so long.

        None where the store has no addresses. The object is not looked for.
        """
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; one that is not there is no error."""
        ...

    def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key that begins with ``prefix``, in order."""
        ...
