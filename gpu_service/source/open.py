"""From an address to its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpu_service.errors import InternalError
from gpu_service.jobs import SourceRef
from gpu_service.settings import SourceSettings
from gpu_service.source.base import Source
from gpu_service.source.file import FileSource
from gpu_service.source.s3 import S3Source
from gpu_service.trace import Trace

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


def source_for(
    ref: SourceRef, settings: SourceSettings, client: S3Client | None, trace: Trace | None = None
) -> Source:
    """The source of an address; a file needs no client.

    :param trace: hears of what is read ahead; a file is read as it is needed.
    :raises InternalError: for an address in S3 without a client.
    """
    if ref.bucket is None:
        return FileSource(Path(ref.key))
    if client is None:
        raise InternalError(f"{ref} needs an S3 client")
    return S3Source(client, ref.bucket, ref.key, settings, trace=trace)
