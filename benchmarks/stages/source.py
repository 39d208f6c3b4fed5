"""Reading an object by pinned ranges, ahead of its reader."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.to_thread

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place, Video
from gpu_service.aws import s3_client
from gpu_service.settings import SourceSettings
from gpu_service.source.s3 import S3Source

_READ_BYTES = 1024 * 1024


def read_megabytes_a_second(place: Place, video: Video) -> float:
    """One reader from the first byte to the last, with the service's own settings."""
    with environment(place):
        return anyio.run(_read, video)


@contextmanager
def environment(place: Place) -> Iterator[None]:
    """The S3 of the benchmark for clients of this process, for the block."""
    before = dict(os.environ)
    os.environ.update(place.s3.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _read(video: Video) -> float:
    bucket, _, key = video.address.removeprefix("s3://").partition("/")
    settings = SourceSettings()
    async with s3_client(connections=settings.parts_in_flight + 2, attempts=1) as client:
        start = time.perf_counter()
        async with S3Source(client, bucket, key, settings).open() as opened:
            got = await anyio.to_thread.run_sync(_drain, opened.file)
        seconds = time.perf_counter() - start
    if got != video.path.stat().st_size:
        raise WrongResultsError(f"{got} bytes of {video.path.stat().st_size}")
    return got / seconds / 1e6


def _drain(file: io.RawIOBase) -> int:
    buffer = bytearray(_READ_BYTES)
    got = 0
    while count := file.readinto(buffer):
        got += count
    return got
