"""Objects in S3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gpu_service.aws import error_code, translate_s3_error
from gpu_service.errors import GpuServiceError, InputError
from gpu_service.settings import SourceSettings
from gpu_service.source.attempts import S3_ERRORS, Attempts
from gpu_service.source.base import Pin
from gpu_service.source.plan import ReadPlan
from gpu_service.source.ranges import S3Ranges
from gpu_service.source.readahead import ReadAhead, reading_ahead
from gpu_service.source.reader import ReadAheadFile
from gpu_service.trace import Trace

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import HeadObjectOutputTypeDef

_WAIT_SECONDS = 0.2


class OpenS3Object:
    """A pinned object with its reader; see :class:`~gpu_service.source.base.OpenSource`."""

    def __init__(self, pin: Pin, ranges: S3Ranges, reader: ReadAhead) -> None:
        self.pin = pin
        self.file = ReadAheadFile(reader)
        self._ranges = ranges
        self._reader = reader

    @property
    def bytes_read(self) -> int:
        """Bytes of object bodies received so far, those received twice counted twice."""
        return self._ranges.bytes_read

    @property
    def waited_seconds(self) -> float:
        """How long the reader of ``file`` has waited for bytes."""
        return self._reader.waited_seconds

    async def confirm(self) -> None:
        """Nothing to do: every range was read under the pin."""

    @property
    def requests(self) -> int:
        """GETs sent so far."""
        return self._ranges.requests

    @property
    def failure(self) -> Exception | None:
        """The first error raised from ``file``."""
        return self._reader.failure


class S3Source:
    """An object in S3, read by pinned ranges ahead of its reader; nothing is ever written.

    Requests are repeated here, so the client should be one of ``s3_client(attempts=1)``: with
    another, its own tries multiply with those of the settings.

    :param client: stays the caller's; needs ``parts_in_flight + 1`` connections.
    :param trace: hears of what is read ahead.
    :param wait_seconds: before the second try of a request, doubled each time.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        settings: SourceSettings,
        *,
        trace: Trace | None = None,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        self._client = client
        self._trace = trace or Trace()
        self._address = f"s3://{bucket}/{key}"
        self._settings = settings
        self._wait_seconds = wait_seconds
        self._request: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if settings.requester_pays:
            self._request["RequestPayer"] = "requester"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[OpenS3Object]:
        """Pin the object and read ahead of ``file`` until the block is left.

        :raises InputError: ``object_missing``, ``bucket_missing``, ``access_denied``,
            ``empty_object``.
        :raises SettingsError: credentials are missing or wrong.
        :raises TransientError: unreachable or throttled past the attempts.
        """
        pin = await self._pin()
        ranges = S3Ranges(
            self._client,
            self._address,
            self._request,
            pin,
            self._settings,
            wait_seconds=self._wait_seconds,
        )
        plan = ReadPlan(
            size=pin.size,
            part_bytes=self._settings.part_bytes,
            parts_in_flight=self._settings.parts_in_flight,
            budget_bytes=self._settings.read_cache_bytes,
        )
        async with reading_ahead(ranges.fetch, plan, self._address, self._trace) as reader:
            yield OpenS3Object(pin, ranges, reader)

    async def _pin(self) -> Pin:
        attempts = Attempts(self._settings.read_attempts, self._wait_seconds)
        while True:
            try:
                head = await self._client.head_object(**self._request)
                break
            except S3_ERRORS as error:
                if not await attempts.failed(error):
                    raise await self._translated(error) from error
        return self._checked(head)

    def _checked(self, head: HeadObjectOutputTypeDef) -> Pin:
        size = head["ContentLength"]
        if size == 0:
            raise InputError(f"{self._address} is empty (0 bytes)", reason="empty_object")
        return Pin(size, head["ETag"].strip('"'), head.get("VersionId"))

    async def _translated(self, error: Exception) -> GpuServiceError:
        what = f"opening {self._address}"
        if error_code(error).isdigit():
            # A HEAD has no body: it says 403 for wrong credentials as for denied access, 404 for
            # a missing bucket as for a missing key. A GET of one byte says which.
            try:
                response = await self._client.get_object(**self._request, Range="bytes=0-0")
            except S3_ERRORS as said:
                return translate_s3_error(said, what=what)
            response["Body"].close()
        return translate_s3_error(error, what=what)
