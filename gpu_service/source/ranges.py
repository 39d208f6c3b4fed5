"""Ranged GETs of one pinned S3 object: checked, resumed, retried."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gpu_service.aws import error_code, translate_s3_error
from gpu_service.errors import GpuServiceError, SourceChangedError, TransientError
from gpu_service.settings import SourceSettings
from gpu_service.source.attempts import S3_ERRORS, Attempts, BadResponse, status_of
from gpu_service.source.base import Pin

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

_READ_BYTES = 1024 * 1024
_PROGRESS_BYTES = 256 * 1024
_CONTENT_RANGE = re.compile(r"^bytes (\d+)-(\d+)/(\d+)$")

Deliver = Callable[[bytes], None]


class S3Ranges:
    """Reads ranges of the object that ``pin`` names, and of no other.

    :param address: ``s3://bucket/key``, for messages.
    :param request: Bucket, Key and RequestPayer, as every request carries them.
    :param wait_seconds: before the second try of a request, doubled each time.
    """

    def __init__(
        self,
        client: S3Client,
        address: str,
        request: dict[str, Any],
        pin: Pin,
        settings: SourceSettings,
        *,
        wait_seconds: float,
    ) -> None:
        self._client = client
        self._address = address
        self._request = {**request, "IfMatch": f'"{pin.etag}"'}
        # A bucket whose versioning is suspended replaces its "null" version in place.
        if pin.version_id not in (None, "null"):
            self._request["VersionId"] = pin.version_id
        self._pin = pin
        self._attempts = settings.read_attempts
        self._wait_seconds = wait_seconds
        self.bytes_read = 0
        """Bytes of bodies received, those received twice counted twice."""
        self.requests = 0
        """GETs sent."""

    async def fetch(self, start: int, end: int, deliver: Deliver) -> None:
        """Hand the bytes ``[start, end)`` to ``deliver``, in order, each once.

        A body that ends early is continued from its last byte. Tries are counted anew whenever
        256 KiB have come.

        :raises SourceChangedError: for HTTP 412 or 416, a deleted object, another size or ETag.
        :raises InputError: access was lost.
        :raises SettingsError: the credentials became invalid.
        :raises TransientError: past the attempts of the settings.
        """
        attempts = Attempts(self._attempts, self._wait_seconds)
        position = counted = start

        def received(chunk: bytes) -> None:
            nonlocal position
            position += len(chunk)
            self.bytes_read += len(chunk)
            deliver(chunk)

        while position < end:
            try:
                await self._get(position, end, received)
            except S3_ERRORS as error:
                if position - counted >= _PROGRESS_BYTES:
                    counted = position
                    attempts.succeeded()
                if not await attempts.failed(error):
                    raise self._translated(error, position, end) from error

    async def _get(self, start: int, end: int, received: Deliver) -> None:
        self.requests += 1
        response = await self._client.get_object(**self._request, Range=f"bytes={start}-{end - 1}")
        body = response["Body"]
        try:
            self._check(dict(response), start, end)
            missing = end - start
            while missing > 0:
                chunk = await body.read(min(_READ_BYTES, missing))
                if not chunk:
                    raise BadResponse(f"the body ended {missing} bytes early")
                missing -= len(chunk)
                received(chunk)
        finally:
            # What is left of the body is not wanted: closing it gives the connection up, while a
            # body that was read to its end has handed its connection back already.
            body.close()

    def _check(self, response: dict[str, Any], start: int, end: int) -> None:
        etag = str(response.get("ETag", "")).strip('"')
        if etag and etag != self._pin.etag:
            raise self._changed(f"its ETag is {etag}, was {self._pin.etag}")
        said = str(response.get("ContentRange", ""))
        match = _CONTENT_RANGE.match(said)
        if match is None:
            raise BadResponse(f"asked for bytes {start}-{end - 1}, got Content-Range {said!r}")
        first, last, size = (int(number) for number in match.groups())
        if size != self._pin.size:
            raise self._changed(f"its size is {size} bytes, was {self._pin.size}")
        length = response.get("ContentLength")
        if (first, last + 1) != (start, end) or length not in (None, end - start):
            raise BadResponse(f"asked for bytes {start}-{end - 1}, got {said!r}, {length} bytes")

    def _changed(self, how: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self._address} changed while it was being read: {how}; analyze it again"
        )

    def _translated(self, error: Exception, start: int, end: int) -> GpuServiceError:
        what = f"reading bytes {start}-{end - 1} of {self._address}"
        status = status_of(error)
        if status == 412:
            return self._changed("another object is in its place")
        if status == 416:
            return self._changed(f"it is shorter than {self._pin.size} bytes")
        if status == 404 and error_code(error) != "NoSuchBucket":
            return self._changed("it was deleted")
        if isinstance(error, BadResponse):
            return TransientError(f"{what}: {error}", reason="s3_bad_response")
        return translate_s3_error(error, what=what)
