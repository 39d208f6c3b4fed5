"""Files that are on the disk whole, or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(folder: Path, content: bytes) -> Iterator[Path]:
    """A file of this content, synced to the disk, under a name of its own in ``folder``.

    The block moves it to its place; what it has not moved when it ends is removed.

    :raises OSError: as the system says, with nothing left behind.
    """
    path = folder / uuid.uuid4().hex
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, and sync each one's entry to the disk.

    :raises OSError: as the system says.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_folder(new.parent)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable, renames included.

    :raises OSError: as the system says.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
