"""An S3 bucket as an object store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import aiohttp
from botocore import exceptions as aws_errors
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from gpu_service.aws import error_code, translate_s3_error
from gpu_service.errors import GpuServiceError, InputError, SettingsError, TransientError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.object_rules import check_key, check_object, escaped, unescaped
from gpu_service.sink.s3_links import sign_links_as_requests

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import (
        ListObjectsV2RequestTypeDef,
        PutObjectRequestTypeDef,
    )

_T = TypeVar("_T")

BUCKET_SETTING = "GPU_SERVICE_THUMBNAILS_BUCKET"

PAGE_KEYS = 1000
"""The most keys that S3 lists or deletes in one request."""

_ATTEMPTS = 3
_LONGEST_WAIT_SECONDS = 4.0

_LIBRARY_ERRORS = (
    aws_errors.BotoCoreError,
    aws_errors.ClientError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    RecursionError,
)
_GONE_CODES = {"NoSuchKey", "404", "NotFound"}


def cache_control(key: str) -> str | None:
    """How long a browser may keep an object.

    An event's id changes with its source and settings, so its JPEG never does; a session's
    contact sheet is drawn anew under the same key.
    """
    if key.endswith("/timeline_overview.jpg"):
        return "no-cache"
    if key.startswith("events/event_") and key.endswith(".jpg"):
        return "max-age=31536000, immutable"
    return None


class S3Store:
    """The objects of one bucket; see :class:`~gpu_service.sink.base.ObjectStore`.

    Metadata values that are not visible ASCII are stored percent-encoded, since headers can't
    carry them, and read back as they were. Throttling, HTTP 5xx and failed connections are tried
    again by the client itself; what it does not cover (a body that dies half-way, a single key
    of a batch that was not deleted, an emptied retry quota) is tried three times here.

    :param client: from :func:`gpu_service.aws.s3_client`.
    :param page_keys: keys listed or deleted in one request.
    """

    def __init__(self, client: S3Client, bucket: str, *, page_keys: int = PAGE_KEYS) -> None:
        self._client = client
        self._bucket = bucket
        self._page_keys = page_keys
        sign_links_as_requests(client)
        self.name = f"s3://{bucket}"

    async def check(self) -> None:
        """Ask for the bucket; a refusal to answer is not held against it.

        :raises SettingsError: ``bucket_missing``, or there are no credentials.
        :raises TransientError: when the attempts are used up.
        """
        what = f"asking for {self.name}"

        async def attempt() -> None:
            try:
                await self._client.head_bucket(Bucket=self._bucket)
            except aws_errors.ClientError as error:
                # Asking takes another permission than storing, and its answer has no body.
                if error_code(error) in _GONE_CODES | {"NoSuchBucket"}:
                    missing = InputError(
                        f"{what}: the bucket does not exist", reason="bucket_missing"
                    )
                    raise self._of_set_up(missing) from error

        await self._call(what, attempt)

    async def put(self, item: StoredObject) -> None:
        """Store whole or not at all (PutObject is atomic); the same key is replaced.

        :raises SettingsError: no such bucket, denied, wrong credentials, a key not to be stored.
        :raises TransientError: when the attempts are used up.
        """
        check_object(item)
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": item.key,
            "Body": item.body,
            "ContentType": item.content_type,
            "Metadata": escaped(item.metadata),
        }
        if caching := cache_control(item.key):
            request["CacheControl"] = caching

        async def attempt() -> None:
            await self._client.put_object(**request)

        await self._call(f"writing {self.name}/{item.key}", attempt)

    async def get(self, key: str) -> StoredObject | None:
        """The whole object; None where there is none.

        :raises SettingsError: no such bucket, denied, wrong credentials.
        :raises TransientError: when the attempts are used up.
        """
        check_key(key)

        async def attempt() -> StoredObject | None:
            try:
                answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            except aws_errors.ClientError as error:
                if error_code(error) in _GONE_CODES:
                    return None
                raise
            async with answer["Body"] as stream:
                body = await stream.read()
            if len(body) != answer["ContentLength"]:
                raise aws_errors.IncompleteReadError(
                    actual_bytes=len(body), expected_bytes=answer["ContentLength"]
                )
            return StoredObject(key, body, answer["ContentType"], unescaped(answer["Metadata"]))

        return await self._call(f"reading {self.name}/{key}", attempt)

    async def link(self, key: str, *, seconds: int) -> str | None:
        """A presigned address. Nothing is asked of S3; it ends earlier if the credentials do.

        :raises SettingsError: there are no credentials.
        :raises TransientError: they can't be had now.
        """

        async def attempt() -> str:
            return await self._client.generate_presigned_url(
                "get_object", {"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
            )

        return await self._call(f"signing {self.name}/{key}", attempt)

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects, many a request; one that is not there is no error.

        :raises SettingsError: no such bucket, denied, wrong credentials.
        :raises TransientError: when the attempts are used up; some may be gone by then.
        """
        for key in keys:
            check_key(key)
        for first in range(0, len(keys), self._page_keys):
            await self._delete_batch(list(keys[first : first + self._page_keys]))

    async def _delete_batch(self, keys: list[str]) -> None:
        left = keys

        async def attempt() -> None:
            nonlocal left
            answer = await self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in left], "Quiet": True},
            )
            failed = [e for e in answer.get("Errors", []) if e.get("Code") not in _GONE_CODES]
            if not failed:
                return
            left = [error["Key"] for error in failed if "Key" in error] or left
            # Raised as the error a single delete would have met, so that it is translated alike.
            said = f"{len(failed)} keys, {failed[0].get('Key')}: {failed[0].get('Message')}"
            code = failed[0].get("Code", "")
            raise aws_errors.ClientError(
                {"Error": {"Code": code, "Message": said}}, "DeleteObjects"
            )

        await self._call(f"deleting {len(keys)} objects, {self.name}/{keys[0]} first", attempt)

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key that begins with ``prefix``, in the order of its UTF-8 bytes, page by page.

        :raises SettingsError: no such bucket, denied, wrong credentials.
        :raises TransientError: when the attempts are used up.
        """
        token: str | None = None
        while True:
            keys, token = await self._page(prefix, token)
            for key in keys:
                yield key
            if token is None:
                return

    async def _page(self, prefix: str, token: str | None) -> tuple[list[str], str | None]:
        request: ListObjectsV2RequestTypeDef = {
            "Bucket": self._bucket,
            "Prefix": prefix,
            "MaxKeys": self._page_keys,
        }
        if token:
            request["ContinuationToken"] = token

        async def attempt() -> tuple[list[str], str | None]:
            answer = await self._client.list_objects_v2(**request)
            keys = [item["Key"] for item in answer.get("Contents", []) if "Key" in item]
            return keys, answer.get("NextContinuationToken") if answer["IsTruncated"] else None

        return await self._call(f"listing {self.name}/{prefix}", attempt)

    async def _call(self, what: str, attempt: Callable[[], Awaitable[_T]]) -> _T:
        async def translated() -> _T:
            try:
                return await attempt()
            except _LIBRARY_ERRORS as error:
                raise self._translated(error, what) from error

        retrying = AsyncRetrying(
            retry=retry_if_exception(_worth_another_try),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT_SECONDS),
            reraise=True,
        )
        return await retrying(translated)

    def _translated(self, error: Exception, what: str) -> GpuServiceError:
        translated = translate_s3_error(error, what=what)
        return self._of_set_up(translated) if isinstance(translated, InputError) else translated

    def _of_set_up(self, error: InputError) -> SettingsError:
        """Reading a video, a missing bucket is the input's fault; here it is the set-up's."""
        return SettingsError(
            f"{error.message} (the bucket of the thumbnails is {self._bucket!r}; "
            f"{BUCKET_SETTING} sets another)",
            reason=error.reason,
        )


def _worth_another_try(error: BaseException) -> bool:
    # botocore has tried again already where no connection came about.
    return isinstance(error, TransientError) and not isinstance(
        error.__cause__, aws_errors.ConnectionError
    )
