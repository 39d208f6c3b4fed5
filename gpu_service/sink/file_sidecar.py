"""The metadata that a folder's objects have beside them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gpu_service.sink.base import StoredObject

HIDDEN_FOLDER = ".objects"

_STALE_SECONDS = 3600
"""A staged file of this age belongs to a process that was killed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One object's metadata and where it goes."""

    path: Path
    content: bytes


class Sidecars:
    """Metadata records, filed under the digest of the key and the digest of the body.

    :param folder: the hidden folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept = False
        self.staging_folder = folder / "staging"

    def record(self, item: StoredObject) -> Record:
        """The record of an object that is about to be stored."""
        described = {
            "key": item.key,
            "content_type": item.content_type,
            "metadata": dict(item.metadata),
        }
        path = self._of_key(item.key) / f"{hashlib.sha256(item.body).hexdigest()}.json"
        return Record(path, json.dumps(described).encode())

    def find(self, key: str, body: bytes) -> StoredObject | None:
        """The object with the metadata that were stored with exactly this body.

        :raises OSError: as the system says.
        """
        path = self._of_key(key) / f"{hashlib.sha256(body).hexdigest()}.json"
        try:
            described = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        return StoredObject(key, body, described["content_type"], described["metadata"])

    def forget(self, key: str, *, keep: Record | None = None) -> None:
        """Remove the records of a key but one; call it :meth:`locked`.

        :raises OSError: as the system says.
        """
        folder = self._of_key(key)
        if not folder.is_dir():
            return
        for path in list(folder.iterdir()):
            if keep is None or path != keep.path:
                path.unlink(missing_ok=True)
        if keep is None:
            folder.rmdir()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time, over all processes; the lock ends with its process.

        :raises OSError: as the system says.
        """
        with (self._folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Once a process: remove what killed processes had staged."""
        if self._swept:
            return
        self._swept = True
        oldest = time.time() - _STALE_SECONDS
        for path in self.staging_folder.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except FileNotFoundError:
                # Another writer moved its file to its place.
                continue

    def _of_key(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
