"""Places that hold an object, and a proxy in front of S3 that misbehaves on demand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.source.places import FilePlace, Place, S3Place
from tests.support.faulty_s3 import FaultyS3, faulty_s3


@pytest.fixture
def s3_place(bucket: str, s3_url: str) -> S3Place:
    return S3Place(bucket, s3_url)


@pytest.fixture
def versioned_place(s3_place: S3Place) -> S3Place:
    """A bucket that keeps versions."""
    client = boto3.client("s3")
    client.put_bucket_versioning(
        Bucket=s3_place.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    client.close()
    return s3_place


@pytest.fixture
def file_place(tmp_path: Path) -> FilePlace:
    return FilePlace(tmp_path)


@pytest.fixture(params=["s3_place", "file_place"])
def place(request: pytest.FixtureRequest) -> Place:
    """Every kind of place in turn."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture
def proxy(s3_url: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """The endpoint as clients made from now on see it; after the bucket's own set-up."""
    with faulty_s3(s3_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


@pytest.fixture
def unused_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
