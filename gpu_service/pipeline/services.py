"""What every analysis needs, opened once a process."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from gpu_service.aws import s3_client, translate_s3_error
from gpu_service.budget import ByteBudget
from gpu_service.device import resolve_device
from gpu_service.errors import InputError, SettingsError
from gpu_service.jobs import SourceRef
from gpu_service.pipeline.accelerator import Accelerator
from gpu_service.pipeline.admission import Admission
from gpu_service.pipeline.backend import Backend, load_backend
from gpu_service.pipeline.threads import in_thread
from gpu_service.settings import MiB, Settings
from gpu_service.sink.base import ObjectStore
from gpu_service.sink.postgres import Database, open_database
from gpu_service.sink.recent import RecentObjects
from gpu_service.trace import Trace

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


_RECENT_BYTES = 32 * MiB
"""Of the thumbnails at hand for contact sheets: as many as a few full sheets show."""


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where results go."""

    settings: Settings
    database: Database
    store: ObjectStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that analyses work with, shared by all videos of a run.

    :param reader: reads sources; None where every source is a file.
    :param frames: the budget of decoded frames, windows, pictures and JPEGs.
    :param packets: the budget of packets kept for midpoint frames.
    :param uploads: a slot for each put in flight.
    :param trace: of the run; each video's is a child of it.
    """

    settings: Settings
    device: str
    backend: Backend
    sinks: Sinks
    reader: S3Client | None
    accelerator: Accelerator
    frames: Admission
    packets: ByteBudget
    uploads: anyio.Semaphore
    trace: Trace


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
    settings: Settings,
    *,
    local: bool,
    sources: Sequence[SourceRef],
    trace: Trace,
    backend: Backend | None = None,
) -> AsyncIterator[Services]:
    """Sinks, model, encoder and budgets; the model runs until the block is left.

    :param backend: None for that of the settings' device.
    :raises SettingsError: as :func:`open_sinks`, or the device or weights are not to be had.
    :raises TransientError: as :func:`open_sinks`.
    """
    device = await in_thread(resolve_device, settings.device)
    weights = settings.detect.weights
    async with AsyncExitStack() as stack:
        sinks = await stack.enter_async_context(open_sinks(settings, local=local))
        sinks = dataclasses.replace(sinks, store=RecentObjects(sinks.store, _RECENT_BYTES))
        reader = None
        if weights.startswith("s3://") or any(ref.bucket for ref in sources):
            # The source tries again by itself, from the last byte; the client must not as well.
            each = settings.source.parts_in_flight + 2
            reader = await _open_client(
                stack, connections=each * settings.pipeline.concurrency, attempts=1
            )
        if backend is None:
            weights_data = await _fetch_weights(settings, reader)
            backend = await in_thread(load_backend, settings, device, weights_data)
        accelerator = Accelerator(
            backend.detector,
            trace,
            batch_windows=settings.detect.batch_windows,
            batch_wait_seconds=settings.detect.batch_wait_seconds,
        )
        await stack.enter_async_context(accelerator.running())
        yield Services(
            settings,
            device,
            backend,
            sinks,
            reader,
            accelerator,
            Admission(ByteBudget("frames", settings.pipeline.frames_budget_bytes)),
            ByteBudget("packets", settings.pipeline.packets_budget_bytes),
            anyio.Semaphore(settings.thumbnail.uploads_in_flight),
            trace,
        )


async def fetch_object(
    settings: Settings, ref: SourceRef, *, most_bytes: int | None = None
) -> bytes:
    """A small object, whole.

    :raises InputError: missing, denied, empty; ``too_large``: more than ``most_bytes``.
    :raises SettingsError: credentials are missing or wrong.
    :raises TransientError: it does not come.
    """
    async with AsyncExitStack() as stack:
        connections = settings.source.parts_in_flight + 2
        reader = await _open_client(stack, connections=connections, attempts=1)
        return await _fetch(settings, ref, reader, most_bytes)


async def _fetch(
    settings: Settings, ref: SourceRef, reader: S3Client | None, most_bytes: int | None = None
) -> bytes:
    from gpu_service.source.open import source_for

    async with source_for(ref, settings.source, reader).open() as opened:
        if most_bytes is not None and opened.pin.size > most_bytes:
            raise InputError(
                f"{ref}: {opened.pin.size} bytes, of {most_bytes} at most", reason="too_large"
            )
        return await in_thread(opened.file.read)


async def _fetch_weights(settings: Settings, reader: S3Client | None) -> bytes | None:
    if not settings.detect.weights.startswith("s3://"):
        return None
    try:
        return await _fetch(settings, SourceRef.parse(settings.detect.weights), reader)
    except InputError as error:
        # Of a video, a missing object is the input's fault; here it is the setting's.
        raise SettingsError(f"the weights: {error.message}", reason="weights") from error
