"""Puts objects until the disk is full; prints the error's reason and what the store then holds.

Run as a process of its own: ``python -m tests.sink.full_disk FOLDER``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio

from gpu_service.errors import TransientError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.file import FileStore

BODY = b"x" * 40_000


async def main(folder: Path) -> None:
    store = FileStore(folder)
    stored = []
    reason = None
    for number in range(100):
        key = f"events/event_{number}/frame_0.jpg"
        try:
            await store.put(StoredObject(key, BODY * (number + 1), "image/jpeg", {}))
        except TransientError as error:
            reason = error.reason
            break
        stored.append(key)
    whole = [await store.get(key) is not None for key in stored]
    listed = [key async for key in store.list_keys("")]
    staged = [path.name for path in (folder / ".objects" / "staging").iterdir()]
    sys.stdout.write(
        json.dumps(
            {
                "reason": reason,
                "kept": listed == stored and all(whole),
                "staged": staged,
                "stored": len(stored),
            }
        )
    )


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]))
