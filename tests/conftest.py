"""Real servers for the whole suite: one PostgreSQL, one S3 endpoint; a fresh place for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from gpu_service.local.postgres import embedded_postgres
from gpu_service.local.s3 import s3_endpoint
from tests.nvdec_driver.build import build
from tests.nvdec_driver.child import need_driver


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them, nor a proxy: all is on loopback."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "GPU_SERVICE_")) and not name.startswith("GPU_SERVICE_TEST_"):
            monkeypatch.delenv(name)
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's own database; for tests that need a server rather than tables."""
    folder: Path = tmp_path_factory.mktemp("postgres") / "data"
    with embedded_postgres(folder) as url:
        yield url


@pytest.fixture
def schema_name() -> str:
    """A schema of the test's own."""
    return f"t_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with s3_endpoint() as url:
        yield url


@pytest.fixture
def s3_environment(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``AWS_*`` set to the endpoint, as a user would; returns its URL."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return s3_url


@pytest.fixture
def bucket(s3_environment: str) -> str:
    """A fresh, empty bucket."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    client = boto3.client("s3", endpoint_url=s3_environment)
    client.create_bucket(Bucket=name)
    client.close()
    return name


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in driver: a folder for ``LD_LIBRARY_PATH``; skips where it can't be built."""
    need_driver()
    return build(tmp_path_factory.mktemp("driver"))
