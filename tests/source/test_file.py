"""What only files do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from anyio import to_thread

from gpu_service.errors import GpuServiceError, InputError, SourceChangedError
from gpu_service.source.file import FileSource
from tests.source.places import FilePlace

pytestmark = pytest.mark.anyio


async def refusal(path: Path) -> GpuServiceError:
    with pytest.raises(GpuServiceError) as caught:
        async with FileSource(path).open():
            pass
    return caught.value


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    error = await refusal(tmp_path)
    assert isinstance(error, InputError)
    assert (error.reason, str(tmp_path) in str(error)) == ("not_a_file", True)


async def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert (await refusal(tmp_path / "pipe")).reason == "not_a_file"


@pytest.mark.parametrize("name", ["a/b/c.mp4", "x" * 300, "nul\0.mp4"])
async def test_paths_that_cannot_be(tmp_path: Path, name: str) -> None:
    error = await refusal(tmp_path / name)
    assert isinstance(error, InputError)
    assert error.reason == "object_missing"


async def test_a_file_as_a_folder(file_place: FilePlace) -> None:
    file_place.put(b"1")
    assert (await refusal(file_place.path / "x.mp4")).reason == "object_missing"


async def test_a_denied_file_is_refused(file_place: FilePlace) -> None:
    file_place.put(b"1")
    file_place.path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        error = await refusal(file_place.path)
    finally:
        if root:
            os.seteuid(0)
    assert isinstance(error, InputError)
    assert error.reason == "access_denied"
    assert isinstance(error.__cause__, PermissionError)


async def test_a_file_that_shrinks_is_noticed(file_place: FilePlace) -> None:
    async def read_while_it_shrinks() -> None:
        async with FileSource(file_place.path).open() as opened:
            os.truncate(file_place.path, 100)
            await to_thread.run_sync(opened.file.read, 200)

    file_place.put(b"x" * 1000)
    with pytest.raises(SourceChangedError, match="100 bytes, was 1000"):
        await read_while_it_shrinks()


async def test_a_change_after_the_last_read_is_noticed(file_place: FilePlace) -> None:
    file_place.put(b"x" * 1000)
    async with FileSource(file_place.path).open() as opened:
        await to_thread.run_sync(opened.file.read)
        await opened.confirm()
        file_place.put(b"x" * 1004)
        with pytest.raises(SourceChangedError):
            await opened.confirm()


async def test_a_file_renamed_over_is_read_on(file_place: FilePlace, tmp_path: Path) -> None:
    file_place.put(b"old" * 1000)
    async with FileSource(file_place.path).open() as opened:
        (tmp_path / "new").write_bytes(b"new")
        (tmp_path / "new").replace(file_place.path)
        assert await to_thread.run_sync(opened.file.read) == b"old" * 1000


async def test_the_file_is_closed_at_the_end(file_place: FilePlace) -> None:
    file_place.put(b"x")
    before = len(os.listdir("/proc/self/fd"))
    async with FileSource(file_place.path).open() as opened:
        assert len(os.listdir("/proc/self/fd")) == before + 1
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ValueError, match="closed"):
        opened.file.read(1)


async def test_refusals_leave_no_file_open(file_place: FilePlace) -> None:
    file_place.put(b"")
    before = len(os.listdir("/proc/self/fd"))
    await refusal(file_place.path)
    assert len(os.listdir("/proc/self/fd")) == before
