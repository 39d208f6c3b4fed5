"""Kills a put at each of its steps on the disk; prints what the store then holds, one JSON each.

Run as a process of its own: ``python -m tests.sink.killed_put FOLDER BODY``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import anyio

from gpu_service.sink.base import StoredObject
from gpu_service.sink.file import FileStore

KEY = "events/event_7/frame_1500.jpg"
STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir")


def item(body: str, video_id: str) -> StoredObject:
    return StoredObject(KEY, body.encode(), "image/jpeg", {"video_id": video_id})


def die_at(step: int, folder: Path) -> None:
    seen = 0

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if name in STEPS and str(arguments[0]).startswith(str(folder)):
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    sys.addaudithook(hook)


def main(root: Path, body: str) -> None:
    step = 0
    killed = True
    while killed:
        folder = root / str(step)
        store = FileStore(folder)
        anyio.run(store.put, item("old", "1"))
        child = os.fork()
        if child == 0:
            die_at(step, folder)
            anyio.run(store.put, item(body, "2"))
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        found = anyio.run(store.get, KEY)
        assert found is not None
        sys.stdout.write(
            json.dumps({"killed": killed, "body": found.body.decode(), **found.metadata}) + "\n"
        )
        # And the next run repairs whatever was left.
        anyio.run(store.put, item(body, "3"))
        assert anyio.run(store.get, KEY) == item(body, "3")
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
