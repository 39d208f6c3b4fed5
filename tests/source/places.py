"""Where test objects lie, so that one test runs on S3 and on files."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import boto3

from gpu_service.aws import s3_client
from gpu_service.jobs import SourceRef
from gpu_service.settings import SourceSettings
from gpu_service.source.base import Source
from gpu_service.source.file import FileSource
from gpu_service.source.open import source_for
from gpu_service.source.s3 import S3Source

KiB = 1024
MiB = 1024 * KiB
SMALL = SourceSettings(part_bytes=64 * KiB, read_cache_bytes=1 * MiB, parts_in_flight=3)
"""Parts so small that a test object has many."""


def content_of(size: int) -> bytes:
    """Bytes of which no two kilobytes are alike."""
    return os.urandom(size)


class Place(Protocol):
    """Holds one object."""

    def put(self, content: bytes) -> None:
        """Store or replace the object."""
        ...

    def source(self, settings: SourceSettings = SMALL) -> AbstractAsyncContextManager[Source]:
        """The object's source, whether or not the object exists."""
        ...


class FilePlace:
    """One file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clip with space.bin"

    def put(self, content: bytes) -> None:
        self.path.write_bytes(content)

    @asynccontextmanager
    async def source(self, settings: SourceSettings = SMALL) -> AsyncIterator[FileSource]:
        source = source_for(SourceRef.parse(str(self.path)), settings, None)
        assert isinstance(source, FileSource)
        yield source


class S3Place:
    """One key of a bucket; what changes it goes straight to the endpoint, past any proxy."""

    def __init__(self, bucket: str, endpoint: str) -> None:
        self.bucket = bucket
        self.key = "videos/clip with + and ü.bin"
        self._endpoint = endpoint

    def put(self, content: bytes) -> None:
        client = boto3.client("s3", endpoint_url=self._endpoint)
        client.put_object(Bucket=self.bucket, Key=self.key, Body=content)
        client.close()

    def delete(self) -> None:
        """Remove the object."""
        client = boto3.client("s3", endpoint_url=self._endpoint)
        client.delete_object(Bucket=self.bucket, Key=self.key)
        client.close()

    @asynccontextmanager
    async def source(self, settings: SourceSettings = SMALL) -> AsyncIterator[S3Source]:
        async with s3_client(connections=8, attempts=1) as client:
            yield S3Source(client, self.bucket, self.key, settings, wait_seconds=0.01)
