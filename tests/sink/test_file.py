"""What only a folder does: kills, full disks, and files of other people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpu_service.errors import SettingsError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.file import FileStore

pytestmark = pytest.mark.anyio

KEY = "events/event_7/frame_1500.jpg"
ITEM = StoredObject(KEY, b"\xff\xd8 body \xff\xd9", "image/jpeg", {"video_id": "5"})


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("body", ["new", "old"], ids=["new body", "same body"])
def test_a_kill_at_any_step_leaves_body_and_metadata_of_one_put(tmp_path: Path, body: str) -> None:
    lines = run(sys.executable, "-m", "tests.sink.killed_put", str(tmp_path), body).splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) > 6
    assert {(one["body"], one["video_id"]) for one in found} == {("old", "1"), (body, "2")}
    assert found[-1] == {"killed": False, "body": body, "video_id": "2"}


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=300k tmpfs {tmp_path}"
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*inside, mount], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system of one's own can't be mounted here")
    said = json.loads(
        run(*inside, f"{mount} && exec {sys.executable} -m tests.sink.full_disk {tmp_path}/store")
    )
    assert said == {"reason": "disk_full", "kept": True, "staged": [], "stored": said["stored"]}
    assert 0 < said["stored"] < 100


def test_a_limit_on_file_sizes_is_a_full_disk_too(tmp_path: Path) -> None:
    limited = f"ulimit -f 200; exec {sys.executable} -m tests.sink.full_disk {tmp_path}/store"
    said = json.loads(run("sh", "-c", limited))
    assert said == {"reason": "disk_full", "kept": True, "staged": [], "stored": said["stored"]}
    assert 0 < said["stored"] < 100


async def test_objects_are_plain_files_and_nothing_else_shows(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    await store.put(ITEM)
    visible = [path for path in (tmp_path / "store").iterdir() if not path.name.startswith(".")]
    assert [path.name for path in visible] == ["events"]
    assert (tmp_path / "store" / KEY).read_bytes() == ITEM.body
    await store.delete([KEY])
    assert [path.name for path in (tmp_path / "store").iterdir()] == [".objects"]


async def test_a_file_that_somebody_else_put_there(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.bin").write_bytes(b"hello")
    assert await store.get("a/b.bin") == StoredObject(
        "a/b.bin", b"hello", "application/octet-stream"
    )
    await store.delete(["a/b.bin"])
    assert not (tmp_path / "a").exists()


async def test_the_hidden_folder_is_no_place_for_objects(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    await store.put(ITEM)
    for attempt in (
        store.put(StoredObject(".objects/lock", b"", "image/jpeg")),
        store.get(".objects/lock"),
        store.delete([".objects/lock"]),
    ):
        with pytest.raises(SettingsError) as caught:
            await attempt
        assert caught.value.reason == "bad_key"
    assert [key async for key in store.list_keys(".obj")] == []


@pytest.mark.parametrize(
    "key", ["events", KEY + "/below", "n" * 300], ids=["folder", "file", "long"]
)
async def test_a_key_that_a_folder_can_not_hold(tmp_path: Path, key: str) -> None:
    store = FileStore(tmp_path)
    await store.put(ITEM)
    with pytest.raises(SettingsError) as caught:
        await store.put(StoredObject(key, b"x", "image/jpeg"))
    assert caught.value.reason == "bad_key"
    assert [found async for found in store.list_keys("")] == [KEY]
    assert list((tmp_path / ".objects" / "staging").iterdir()) == []


async def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(SettingsError, match="store"):
        await FileStore(tmp_path / "store").put(ITEM)


async def test_what_a_killed_process_had_staged_is_removed(tmp_path: Path) -> None:
    await FileStore(tmp_path).put(ITEM)
    staging = tmp_path / ".objects" / "staging"
    for name, age_seconds in (("old", 7200), ("young", 60)):
        (staging / name).write_bytes(b"half")
        os.utime(staging / name, (0, time.time() - age_seconds))
    await FileStore(tmp_path).put(ITEM)
    assert [path.name for path in staging.iterdir()] == ["young"]
