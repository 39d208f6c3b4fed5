"""The benchmark's own S3: that it is not what is measured."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, WrongResultsError
from benchmarks.s3.site import (
    BYTES_PER_SECOND,
    RAW_BUCKET,
    SLOW_BYTES_PER_SECOND,
    THUMBNAILS_BUCKET,
    S3Site,
)

_PART_BYTES = 8 * 1024 * 1024
_THREADS = 4
_PUTS = 100
_JPEG_BYTES = 60_000


def run(context: Context) -> Outcome:
    """Ranges of 8 MiB, four in flight, without a cap and with both; puts of a JPEG's size."""
    path = context.place.scratch / "s3.bin"
    path.write_bytes(os.urandom(_PART_BYTES) * (4 if context.quick else 24))
    key = context.place.upload(path).key
    size = path.stat().st_size
    site = context.place.s3
    client = _client(site)
    free, capped, slow, puts = [], [], [], []
    for _ in range(context.repeats):
        site.reset(bytes_per_second=None)
        free.append(size / _read(site, client, key, size) / 1e6)
        puts.append(_PUTS / _write(client))
        site.reset()
        capped.append(size / _read(site, client, key, size) / BYTES_PER_SECOND * 100)
        site.reset(bytes_per_second=SLOW_BYTES_PER_SECOND)
        some = _PART_BYTES // 2
        slow.append(some / _read(site, client, key, some) / SLOW_BYTES_PER_SECOND * 100)
    site.reset()
    least = 2 * BYTES_PER_SECOND / 1e6
    figures = [
        Figure("ranges through the proxy, no cap", "MB/s", tuple(free), at_least=least),
        Figure("share of a cap of 90 MB/s", "%", tuple(capped)),
        Figure("share of a cap of 2 MB/s", "%", tuple(slow)),
        Figure("puts of 60 kB through proxy and moto, one after another", "/s", tuple(puts)),
    ]
    return Outcome(figures, {}, ["every request waits 20 ms; four at once read, one writes"])


def _client(site: S3Site) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=site.url,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        region_name="us-east-1",
        config=Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _read(site: S3Site, client: Any, key: str, size: int) -> float:
    """Seconds for the first ``size`` bytes."""

    def part(first: int) -> int:
        last = min(size, first + _PART_BYTES) - 1
        answer = client.get_object(Bucket=RAW_BUCKET, Key=key, Range=f"bytes={first}-{last}")
        return len(answer["Body"].read())

    start = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        got = sum(pool.map(part, range(0, size, _PART_BYTES)))
    seconds = time.perf_counter() - start
    counted = site.counts().bytes_read(key)
    if got != size or counted != size:
        raise WrongResultsError(f"{got} bytes of {size}, {counted} counted")
    return seconds


def _write(client: Any) -> float:
    start = time.perf_counter()
    for number in range(_PUTS):
        client.put_object(
            Bucket=THUMBNAILS_BUCKET, Key=f"bench/{number}.jpg", Body=bytes(_JPEG_BYTES)
        )
    return time.perf_counter() - start
