"""A folder as an object store, for ``--local``."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from anyio import to_thread

from gpu_service.errors import GpuServiceError, SettingsError, TransientError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.file_sidecar import HIDDEN_FOLDER, Sidecars
from gpu_service.sink.file_write import make_folders, staged, sync_folder
from gpu_service.sink.object_rules import check_key, check_object

PAGE_KEYS = 1000
"""Keys listed in one visit to a worker thread."""

FOLDER_SETTING = "GPU_SERVICE_LOCAL_DIR"

_READ_TRIES = 5
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_A_PLACE = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG}


class FileStore:
    """The objects of one folder; see :class:`~gpu_service.sink.base.ObjectStore`.

    An object is a plain file at its key. Its content type and metadata lie in the hidden folder
    ``.objects``, filed under the digest of the body they belong to and written before it: a kill
    at any moment leaves the old body with the old metadata, or the new with the new. Where S3
    allows both ``a`` and ``a/b``, a folder can't; such a key is refused.

    :param folder: made with the first object.
    :param page_keys: keys listed at once.
    """

    def __init__(self, folder: Path, *, page_keys: int = PAGE_KEYS) -> None:
        self._page_keys = page_keys
        self._folder = folder.absolute()
        self._sidecars = Sidecars(self._folder / HIDDEN_FOLDER)
        self.name = str(folder)

    async def check(self) -> None:
        """Make the folder, and a file in it for a moment.

        :raises SettingsError: the folder can't be written.
        :raises TransientError: ``disk_full``, ``disk_error``.
        """
        await to_thread.run_sync(self._check)

    async def put(self, item: StoredObject) -> None:
        """Store whole or not at all, on the disk when it returns; the same key is replaced.

        :raises SettingsError: ``bad_key``, or the folder can't be written.
        :raises TransientError: ``disk_full``, ``disk_error``; nothing is left behind.
        """
        check_object(item)
        self._check_place(item.key)
        await to_thread.run_sync(self._put, item)

    async def get(self, key: str) -> StoredObject | None:
        """The whole object; None where there is none. A file without metadata is an object too.

        :raises SettingsError: ``bad_key``, or the folder can't be read.
        :raises TransientError: ``disk_error``.
        """
        check_key(key)
        self._check_place(key)
        return await to_thread.run_sync(self._get, key)

    async def link(self, key: str, *, seconds: int) -> None:
        """None: a folder has no addresses, and its paths are nobody's business elsewhere."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects and folders left empty; one that is not there is no error.

        :raises SettingsError: ``bad_key``, or the folder can't be written.
        :raises TransientError: ``disk_error``.
        """
        for key in keys:
            check_key(key)
            self._check_place(key)
        await to_thread.run_sync(self._delete, list(keys))

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key that begins with ``prefix``, in the order of its UTF-8 bytes.

        :raises SettingsError: the folder can't be read.
        :raises TransientError: ``disk_error``.
        """
        keys = self._walk(self._folder, "", prefix)
        while batch := await to_thread.run_sync(lambda: list(islice(keys, self._page_keys))):
            for key in batch:
                yield key

    def _check(self) -> None:
        with self._translating(f"writing in {self._folder}"):
            make_folders(self._sidecars.staging_folder)
            with staged(self._sidecars.staging_folder, b"\0"):
                pass

    def _put(self, item: StoredObject) -> None:
        target = self._folder / item.key
        with self._translating(f"writing {target}"):
            make_folders(self._sidecars.staging_folder)
            record = self._sidecars.record(item)
            with (
                staged(self._sidecars.staging_folder, item.body) as body,
                staged(self._sidecars.staging_folder, record.content) as metadata,
                self._sidecars.locked(),
            ):
                make_folders(target.parent)
                make_folders(record.path.parent)
                metadata.replace(record.path)
                sync_folder(record.path.parent)
                body.replace(target)
                sync_folder(target.parent)
                self._sidecars.forget(item.key, keep=record)

    def _get(self, key: str) -> StoredObject | None:
        target = self._folder / key
        before: bytes | None = None
        with self._translating(f"reading {target}"):
            for _ in range(_READ_TRIES):
                try:
                    body = target.read_bytes()
                except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                    return None
                found = self._sidecars.find(key, body)
                # No metadata: replaced between the two reads, or put there by somebody else.
                if found is not None or body == before:
                    break
                before = body
            else:
                raise TransientError(f"{target} keeps changing", reason="disk_error")
        return found or StoredObject(key, body, "application/octet-stream")

    def _delete(self, keys: list[str]) -> None:
        with self._translating(f"deleting in {self._folder}"):
            if not self._folder.exists():
                return
            make_folders(self._sidecars.staging_folder)
            with self._sidecars.locked():
                for key in keys:
                    target = self._folder / key
                    try:
                        target.unlink()
                    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                        continue
                    sync_folder(target.parent)
                    self._sidecars.forget(key)
                    self._prune(target.parent)

    def _prune(self, folder: Path) -> None:
        while folder != self._folder:
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    return
                raise
            folder = folder.parent

    def _walk(self, folder: Path, before: str, prefix: str) -> Iterator[str]:
        """Depth first; a folder sorts as its name with the slash, as keys below it do."""
        with self._translating(f"listing {folder}"):
            try:
                with os.scandir(folder) as entries:
                    found = [
                        (f"{before}{entry.name}" + "/" * entry.is_dir(), entry.is_dir())
                        for entry in entries
                        if before or entry.name != HIDDEN_FOLDER
                    ]
            except FileNotFoundError:
                return
        for key, is_folder in sorted(found):
            if is_folder and (key.startswith(prefix) or prefix.startswith(key)):
                yield from self._walk(self._folder / key, key, prefix)
            elif not is_folder and key.startswith(prefix):
                yield key

    def _check_place(self, key: str) -> None:
        if key.split("/")[0] == HIDDEN_FOLDER:
            raise SettingsError(
                f"object key {key!r}: {HIDDEN_FOLDER} is the store's own", reason="bad_key"
            )

    @contextmanager
    def _translating(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _translated(error, what) from error


def _translated(error: OSError, what: str) -> GpuServiceError:
    if error.errno in _DISK_FULL:
        return TransientError(
            f"{what}: the disk is full ({error.strerror}); free some space and run it again",
            reason="disk_full",
        )
    if error.errno in _DENIED:
        return SettingsError(
            f"{what}: {error.strerror}; allow it, or set {FOLDER_SETTING} to another folder",
            reason="access_denied",
        )
    if error.errno in _NOT_A_PLACE:
        return SettingsError(f"{what}: {error.strerror}", reason="bad_key")
    return TransientError(f"{what}: {error}", reason="disk_error")
