"""What holds for every source."""

from __future__ import annotations

import hashlib
import io
import os

import pytest
from anyio import to_thread

from gpu_service.errors import InputError, SourceChangedError
from gpu_service.source.base import Source
from tests.source.places import Place, content_of

pytestmark = pytest.mark.anyio

CONTENT = content_of(700_001)


async def test_gives_the_whole_object_and_reads_it_once(place: Place) -> None:
    place.put(CONTENT)
    async with place.source() as source, source.open() as opened:
        assert await to_thread.run_sync(opened.file.read) == CONTENT
        assert opened.bytes_read == len(CONTENT)
        assert opened.failure is None


async def test_pin_says_size_and_md5(place: Place) -> None:
    place.put(CONTENT)
    async with place.source() as source, source.open() as opened:
        assert opened.pin.size == len(CONTENT)
        assert opened.pin.etag == hashlib.md5(CONTENT).hexdigest()
        assert opened.pin.version_id is None


async def test_is_a_seekable_read_only_file(place: Place) -> None:
    place.put(CONTENT)

    def use(file: io.RawIOBase) -> None:
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        assert file.seek(-7, os.SEEK_END) == len(CONTENT) - 7 == file.tell()
        assert file.read(100) == CONTENT[-7:]
        assert file.read(1) == b""
        assert file.seek(300_000) == 300_000
        assert file.read(10) == CONTENT[300_000:300_010]
        assert file.seek(-5, os.SEEK_CUR) == 300_005
        assert file.read(0) == b""
        buffer = bytearray(100_000)
        assert file.readinto(buffer) == len(buffer)
        assert buffer == CONTENT[300_005:400_005]
        assert file.seek(len(CONTENT) + 10) == len(CONTENT) + 10
        assert file.read(5) == b""
        assert file.readinto(bytearray(5)) == 0
        file.seek(0)
        with io.BufferedReader(file) as buffered:
            assert buffered.read(70_000) == CONTENT[:70_000]
        with pytest.raises(ValueError, match="closed"):
            file.read(1)

    async with place.source() as source, source.open() as opened:
        await to_thread.run_sync(use, opened.file)


@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (-1, 1), (-700_002, 2)])
async def test_a_position_before_the_start_is_refused(
    place: Place, offset: int, whence: int
) -> None:
    place.put(CONTENT)
    async with place.source() as source, source.open() as opened:
        with pytest.raises(ValueError, match="before the"):
            opened.file.seek(offset, whence)
        with pytest.raises(ValueError, match="whence"):
            opened.file.seek(0, 7)


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537])
async def test_sizes_around_a_part(place: Place, size: int) -> None:
    place.put(CONTENT[:size])
    async with place.source() as source, source.open() as opened:
        assert await to_thread.run_sync(opened.file.read) == CONTENT[:size]
        assert await to_thread.run_sync(opened.file.read, 1) == b""


async def test_an_empty_object_is_refused(place: Place) -> None:
    place.put(b"")
    async with place.source() as source:
        with pytest.raises(InputError, match="empty") as caught:
            async with source.open():
                pass
    assert caught.value.reason == "empty_object"


async def test_a_missing_object_is_refused(place: Place) -> None:
    async with place.source() as source:
        with pytest.raises(InputError, match=r"clip with.*bin") as caught:
            async with source.open():
                pass
    assert caught.value.reason == "object_missing"


async def test_an_object_that_is_written_to_stops_the_reading(place: Place) -> None:
    async def read_while_it_changes(source: Source) -> None:
        async with source.open() as opened:
            assert await to_thread.run_sync(opened.file.read, 10) == CONTENT[:10]
            place.put(content_of(len(CONTENT)))
            try:
                await to_thread.run_sync(opened.file.read)
            finally:
                assert isinstance(opened.failure, SourceChangedError)

    place.put(CONTENT)
    async with place.source() as source:
        with pytest.raises(SourceChangedError, match=r"clip with.*bin"):
            await read_while_it_changes(source)


async def test_errors_of_the_block_come_out_as_they_are(place: Place) -> None:
    place.put(CONTENT)
    async with place.source() as source:
        with pytest.raises(ZeroDivisionError):
            async with source.open():
                _ = 1 / 0


async def test_one_source_opens_many_times(place: Place) -> None:
    place.put(CONTENT)
    async with place.source() as source, source.open() as first, source.open() as second:
        assert await to_thread.run_sync(first.file.read) == CONTENT
        assert await to_thread.run_sync(second.file.read) == CONTENT
        assert first.pin == second.pin
