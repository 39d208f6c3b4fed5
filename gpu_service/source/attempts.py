"""Which failures of S3 may pass, and how long to wait before the next try."""

from __future__ import annotations

import random

import aiohttp
import anyio
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnectedError

from gpu_service.aws import error_code

_LONGEST_WAIT_SECONDS = 10.0
_PASSING_STATUS = {408, 429}
_PASSING_CODES = {"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException"}


class BadResponse(Exception):
    """The response is not the range that was asked for, or its body ended early."""


CONNECTION_ERRORS = (
    NotConnectedError,
    HTTPClientError,
    IncompleteReadError,
    aiohttp.ClientError,
    OSError,
    BadResponse,
)
"""Everything that a broken connection comes out as, ``TimeoutError`` (an ``OSError``) included."""

S3_ERRORS = (ClientError, BotoCoreError, RecursionError, *CONNECTION_ERRORS)
"""Everything that a request can raise; botocore follows a redirect without end by recursion."""


def status_of(error: BaseException) -> int:
    """The HTTP status of a ``ClientError``; 0 for anything else."""
    response = getattr(error, "response", None) or {}
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def may_pass(error: BaseException) -> bool:
    """Throttling, a fault of the server or a broken connection."""
    if isinstance(error, ClientError):
        status = status_of(error)
        return status >= 500 or status in _PASSING_STATUS or error_code(error) in _PASSING_CODES
    return isinstance(error, CONNECTION_ERRORS)


class Attempts:
    """Counts the failed tries of one request and waits between them.

    :param limit: tries in all.
    :param wait_seconds: before the second try; doubled each time, with half of it at random, so
        that many readers which were throttled together don't come back together.
    """

    def __init__(self, limit: int, wait_seconds: float) -> None:
        self._limit = limit
        self._wait_seconds = wait_seconds
        self._failed = 0

    def succeeded(self) -> None:
        """There was real progress: count from the start again."""
        self._failed = 0

    async def failed(self, error: Exception) -> bool:
        """Wait until the next try; False, at once, where there is none."""
        self._failed += 1
        if self._failed >= self._limit or not may_pass(error):
            return False
        longest = min(_LONGEST_WAIT_SECONDS, self._wait_seconds * 2 ** (self._failed - 1))
        await anyio.sleep(longest * random.uniform(0.5, 1.0))
        return True
