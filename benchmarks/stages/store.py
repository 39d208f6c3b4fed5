"""Uploading thumbnails, as many at once as the service does."""

from __future__ import annotations

import os
import time

import anyio

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.s3.site import THUMBNAILS_BUCKET
from benchmarks.stages.source import environment
from gpu_service.aws import s3_client
from gpu_service.settings import ThumbnailSettings
from gpu_service.sink.base import StoredObject
from gpu_service.sink.s3 import S3Store

_COUNT = 200
_JPEG_BYTES = 60_000


def uploads_a_second(place: Place) -> float:
    """Puts of 60 kB through the 20 ms and the cap."""
    place.clear()
    with environment(place):
        rate = anyio.run(_upload)
    stored = len(place.s3.thumbnail_keys())
    if stored != _COUNT:
        raise WrongResultsError(f"{stored} of {_COUNT} uploads are stored")
    return rate


async def _upload() -> float:
    at_once = ThumbnailSettings().uploads_in_flight
    body = os.urandom(_JPEG_BYTES)
    slots = anyio.Semaphore(at_once)
    async with s3_client(connections=at_once) as client:
        store = S3Store(client, THUMBNAILS_BUCKET)
        await store.check()

        async def put(number: int) -> None:
            async with slots:
                await store.put(StoredObject(f"bench/{number}.jpg", body, "image/jpeg"))

        start = time.perf_counter()
        async with anyio.create_task_group() as group:
            for number in range(_COUNT):
                group.start_soon(put, number)
        return _COUNT / (time.perf_counter() - start)
