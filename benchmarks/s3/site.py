"""The S3 that a benchmark works with: moto behind the proxy, from the benchmark's side."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.s3.proxy import CONTROL_PATH
from gpu_service.local.s3 import s3_endpoint

RAW_BUCKET, THUMBNAILS_BUCKET = "capstone-dev-raw", "capstone-dev-thumbnails"
LATENCY_SECONDS = 0.020
BYTES_PER_SECOND = 90e6
SLOW_BYTES_PER_SECOND = 2e6

_LARGEST_IN_MOTO_BYTES = 16 * 1024 * 1024
_KEYS_A_DELETE = 1000
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What has passed the proxy since the last reset, each by ``METHOD /bucket/key``."""

    requests: dict[str, int]
    body_bytes: dict[str, int]

    def bytes_read(self, key: str) -> int:
        """Bytes of a raw object that were sent to readers."""
        return self.body_bytes.get(f"GET /{RAW_BUCKET}/{key}", 0)


class S3Site:
    """Two buckets behind a proxy; from :func:`s3_site`."""

    def __init__(self, url: str, direct: Any) -> None:
        self.url = url
        self.direct = direct
        """A client that passes by the proxy: for checks, and to fill the buckets."""

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to use it."""
        return _CREDENTIALS | {"AWS_ENDPOINT_URL": self.url}

    def counts(self) -> Counts:
        """What has passed so far."""
        return Counts(**self._control(None))

    def reset(
        self,
        *,
        latency_seconds: float = LATENCY_SECONDS,
        bytes_per_second: float | None = BYTES_PER_SECOND,
    ) -> None:
        """Set how far away and how narrow it is; the counts begin anew.

        :param bytes_per_second: of all connections together, each way; None for no cap.
        """
        self._control(
            {
                "latency_seconds": latency_seconds,
                "bytes_per_second": bytes_per_second,
                "reset": True,
            }
        )

    def upload(self, path: Path, key: str) -> str:
        """Make a raw object of a file; returns its address.

        A large one is served by the proxy from the file itself, see :mod:`benchmarks.s3.files`.
        """
        if path.stat().st_size <= _LARGEST_IN_MOTO_BYTES:
            self.direct.put_object(Bucket=RAW_BUCKET, Key=key, Body=path.read_bytes())
        else:
            self.serve(path, [key])
        return f"s3://{RAW_BUCKET}/{key}"

    def serve(self, path: Path, keys: Sequence[str]) -> list[str]:
        """Have the proxy serve a file as raw objects; returns their addresses."""
        with path.open("rb") as file:
            etag = hashlib.file_digest(file, "md5").hexdigest()
        served = (str(path.resolve()), etag)
        self._control({"files": {f"/{RAW_BUCKET}/{key}": served for key in keys}})
        return [f"s3://{RAW_BUCKET}/{key}" for key in keys]

    def clear_thumbnails(self) -> None:
        """Delete every thumbnail."""
        keys = sorted(self.thumbnail_keys())
        for first in range(0, len(keys), _KEYS_A_DELETE):
            objects = [{"Key": key} for key in keys[first : first + _KEYS_A_DELETE]]
            self.direct.delete_objects(Bucket=THUMBNAILS_BUCKET, Delete={"Objects": objects})

    def thumbnail_keys(self) -> set[str]:
        """Every key in the bucket of thumbnails."""
        pages = self.direct.get_paginator("list_objects_v2").paginate(Bucket=THUMBNAILS_BUCKET)
        return {item["Key"] for page in pages for item in page.get("Contents", ())}

    def _control(self, wanted: dict[str, Any] | None) -> dict[str, Any]:
        body = None if wanted is None else json.dumps(wanted).encode()
        method = "GET" if wanted is None else "POST"
        request = urllib.request.Request(self.url + CONTROL_PATH, body, method=method)
        with urllib.request.urlopen(request) as answer:
            said: dict[str, Any] = json.load(answer)
        return said


@contextmanager
def s3_site() -> Iterator[S3Site]:
    """Run moto and the proxy, each a process of its own; both buckets are there and empty."""
    import boto3
    from botocore.config import Config

    with s3_endpoint() as upstream, _proxy(upstream) as url:
        direct = boto3.client(
            "s3",
            endpoint_url=upstream,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            region_name="us-east-1",
            config=Config(
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        for bucket in (RAW_BUCKET, THUMBNAILS_BUCKET):
            direct.create_bucket(Bucket=bucket)
        site = S3Site(url, direct)
        site.reset()
        yield site


@contextmanager
def _proxy(upstream: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.s3.proxy", upstream]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the proxy has no pipes")
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the proxy did not start")
        try:
            yield url
        finally:
            process.stdin.close()
            process.wait(timeout=10)
