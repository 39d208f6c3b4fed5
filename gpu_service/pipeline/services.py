"""What every analysis needs, opened once a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpu_service.aws import s3_client, translate_s3_error
from gpu_service.detect.base import Detector
from gpu_service.device import resolve_device
from gpu_service.encode.base import JpegEncoder
from gpu_service.errors import InputError, SettingsError
from gpu_service.jobs import SourceRef
from gpu_service.pipeline.threads import in_thread
from gpu_service.settings import Settings
from gpu_service.sink.base import ObjectStore
from gpu_service.sink.postgres import Database, open_database

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where results go."""

    settings: Settings
    database: Database
    store: ObjectStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an analysis works with.

    :param reader: reads sources; None where every source is a file.
    """

    settings: Settings
    device: str
    detector: Detector
    encoder: JpegEncoder
    sinks: Sinks
    reader: S3Client | None


@asynccontextmanager
async def open_sinks(settings: Settings, *, local: bool) -> AsyncIterator[Sinks]:
    """The database and the thumbnails' store.

    :param local: thumbnails go to a folder below ``settings.local_dir`` instead of S3.
    :raises SettingsError: database, bucket, credentials or region are missing or wrong.
    :raises TransientError: the database does not answer.
    """
    async with AsyncExitStack() as stack:
        store = await _open_store(settings, stack, local=local)
        database = await stack.enter_async_context(open_database(settings.database))
        yield Sinks(settings, database, store)


async def _open_store(settings: Settings, stack: AsyncExitStack, *, local: bool) -> ObjectStore:
    bucket = settings.thumbnail.thumbnails_bucket
    if local:
        from gpu_service.sink.file import FileStore

        return FileStore(settings.local_dir / "objects" / bucket)
    from gpu_service.sink.s3 import S3Store

    client = await _open_client(stack, connections=settings.thumbnail.uploads_in_flight)
    return S3Store(client, bucket)


async def _open_client(stack: AsyncExitStack, *, connections: int, attempts: int = 4) -> S3Client:
    try:
        return await stack.enter_async_context(
            s3_client(connections=connections, attempts=attempts)
        )
    except Exception as error:
        raise translate_s3_error(error, what="opening S3") from error


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
    async with AsyncExitStack() as stack:
        sinks = await stack.enter_async_context(open_sinks(settings, local=local))
        reader = None
        if weights.startswith("s3://") or any(ref.bucket for ref in sources):
            # The source tries again by itself, from the last byte; the client must not as well.
            reader = await _open_client(
                stack, connections=settings.source.parts_in_flight + 2, attempts=1
            )
        detector = await _load_detector(settings, device, reader)
        from gpu_service.encode.cpu import CpuJpegEncoder

        encoder = CpuJpegEncoder(
            quality=settings.thumbnail.jpeg_quality, max_width=settings.thumbnail.max_width
        )
        yield Services(settings, device, detector, encoder, sinks, reader)


async def _load_detector(settings: Settings, device: str, reader: S3Client | None) -> Detector:
    from gpu_service.detect.detector import load_detector
    from gpu_service.source.open import source_for

    data = None
    if settings.detect.weights.startswith("s3://"):
        ref = SourceRef.parse(settings.detect.weights)
        try:
            async with source_for(ref, settings.source, reader).open() as opened:
                data = await in_thread(opened.file.read)
        except InputError as error:
            # Of a video, a missing object is the input's fault; here it is the setting's.
            raise SettingsError(f"the weights: {error.message}", reason="weights") from error
    return await in_thread(lambda: load_detector(settings.detect, device, weights_data=data))
