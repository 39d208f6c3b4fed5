"""What every analysis needs, opened once a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio.to_thread

from gpu_service.aws import s3_client, translate_s3_error
from gpu_service.detect.base import Detector
from gpu_service.device import resolve_device
from gpu_service.encode.base import JpegEncoder
from gpu_service.jobs import SourceRef
from gpu_service.settings import Settings
from gpu_service.sink.base import ObjectStore
from gpu_service.sink.postgres import Database, open_database

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where results go, and the client that reads and writes S3."""

    settings: Settings
    database: Database
    store: ObjectStore
    s3: S3Client | None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an analysis works with."""

    settings: Settings
    device: str
    detector: Detector
    encoder: JpegEncoder
    sinks: Sinks


@asynccontextmanager
async def open_sinks(settings: Settings, *, local: bool, with_s3: bool) -> AsyncIterator[Sinks]:
    """The database and the thumbnails' store.

    :param local: thumbnails go to a folder below ``settings.local_dir`` instead of S3.
    :param with_s3: open an S3 client even so, since a source lies there.
    :raises SettingsError: database, bucket, credentials or region are missing or wrong.
    :raises TransientError: the database does not answer.
    """
    async with AsyncExitStack() as stack:
        s3 = None
        if with_s3 or not local:
            connections = settings.source.parts_in_flight + settings.thumbnail.uploads_in_flight + 2
            try:
                s3 = await stack.enter_async_context(s3_client(connections=connections))
            except Exception as error:
                raise translate_s3_error(error, what="opening S3") from error
        store = _store(settings, None if local else s3)
        database = await stack.enter_async_context(open_database(settings.database))
        yield Sinks(settings, database, store, s3)


def _store(settings: Settings, s3: S3Client | None) -> ObjectStore:
    bucket = settings.thumbnail.thumbnails_bucket
    if s3 is None:
        from gpu_service.sink.file import FileStore

        return FileStore(settings.local_dir / "objects" / bucket)
    from gpu_service.sink.s3 import S3Store

    return S3Store(s3, bucket)


@asynccontextmanager
async def open_services(
    settings: Settings, *, local: bool, sources: list[SourceRef]
) -> AsyncIterator[Services]:
    """Sinks, model and encoder.

    :raises SettingsError: as :func:`open_sinks`, or the device or weights are not to be had.
    :raises TransientError: as :func:`open_sinks`.
    """
    device = resolve_device(settings.device)
    weights = settings.detect.weights
    with_s3 = any(ref.bucket for ref in sources) or weights.startswith("s3://")
    async with open_sinks(settings, local=local, with_s3=with_s3) as sinks:
        detector = await _load_detector(settings, device, sinks)
        from gpu_service.encode.cpu import CpuJpegEncoder

        encoder = CpuJpegEncoder(
            quality=settings.thumbnail.jpeg_quality, max_width=settings.thumbnail.max_width
        )
        yield Services(settings, device, detector, encoder, sinks)


async def _load_detector(settings: Settings, device: str, sinks: Sinks) -> Detector:
    from gpu_service.detect.detector import load_detector
    from gpu_service.source.open import source_for

    data = None
    if settings.detect.weights.startswith("s3://"):
        ref = SourceRef.parse(settings.detect.weights)
        async with source_for(ref, settings.source, sinks.s3).open() as opened:
            data = await anyio.to_thread.run_sync(opened.file.read)
    return await anyio.to_thread.run_sync(
        lambda: load_detector(settings.detect, device, weights_data=data)
    )
