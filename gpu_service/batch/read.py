"""Where manifests come from: a file, stdin, or S3."""

from __future__ import annotations

import sys
from pathlib import Path

from gpu_service.batch.manifest import MOST_BYTES, parse_manifest
from gpu_service.console.plain import plain
from gpu_service.errors import InputError, SettingsError
from gpu_service.jobs import SourceRef, VideoJob
from gpu_service.settings import Settings

STDIN = "-"


def read_manifest(where: str) -> list[VideoJob]:
    """The jobs of a local manifest; blocks.

    :param where: a path, or ``-`` for stdin.
    :raises SettingsError: ``manifest``.
    """
    if where == STDIN:
        return parse_manifest(_stdin(), "stdin")
    try:
        with Path(where).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"the manifest {plain(where)}: {reason}; give a file, s3://bucket/key or - for stdin",
            reason="manifest",
        ) from error
    return parse_manifest(data, plain(where))


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise SettingsError("the manifest: stdin is closed; pipe it in", reason="manifest")
    return sys.stdin.buffer.read(MOST_BYTES + 1)


async def fetch_manifest(ref: SourceRef, settings: Settings) -> list[VideoJob]:
    """The jobs of a manifest in S3.

    :raises SettingsError: ``manifest``, or credentials are missing or wrong.
    :raises TransientError: it does not come.
    """
    from gpu_service.pipeline.services import fetch_object

    try:
        data = await fetch_object(settings, ref, most_bytes=MOST_BYTES)
    except InputError as error:
        # Of a video, a missing object is the input's fault; here it is the caller's.
        raise SettingsError(f"the manifest: {error.message}", reason="manifest") from error
    return parse_manifest(data, plain(str(ref)))
