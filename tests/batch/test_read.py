"""Where manifests come from."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import boto3
import pytest

from gpu_service.batch.manifest import MOST_BYTES
from gpu_service.batch.read import fetch_manifest, read_manifest
from gpu_service.errors import SettingsError
from gpu_service.jobs import SourceRef
from gpu_service.settings import load_settings

LINE = b'{"source": "a.mp4"}\n'


class Stdin:
    """Stdin with these bytes."""

    closed = False

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(LINE)
    assert [str(job.source) for job in read_manifest(str(path))] == ["a.mp4"]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(LINE))
    assert [str(job.source) for job in read_manifest("-")] == ["a.mp4"]
    monkeypatch.setattr(sys, "stdin", Stdin(b"{}"))
    with pytest.raises(SettingsError, match=r'^stdin:1: no "source"'):
        read_manifest("-")


def test_a_closed_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SettingsError, match="stdin is closed"):
        read_manifest("-")


@pytest.mark.parametrize("name", ["nowhere.jsonl", ".", "a\0b", "line\nbreak"])
def test_a_file_that_can_t_be_read_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as refused:
        read_manifest(name)
    message = str(refused.value)
    assert message.startswith(f"the manifest {name.encode('unicode_escape').decode()}: ")
    assert message.isprintable()
    assert refused.value.reason == "manifest"


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(SettingsError, match="more than 16 MiB"):
        read_manifest("/dev/zero")


@pytest.mark.anyio
async def test_an_object(bucket: str, s3_environment: str) -> None:
    client = boto3.client("s3", endpoint_url=s3_environment)
    client.put_object(Bucket=bucket, Key="week.jsonl", Body=LINE)
    client.put_object(Bucket=bucket, Key="bad.jsonl", Body=LINE + b"oops\n")
    client.put_object(Bucket=bucket, Key="large.jsonl", Body=bytes(MOST_BYTES + 1))
    client.close()
    settings = load_settings()
    jobs = await fetch_manifest(SourceRef(bucket, "week.jsonl"), settings)
    assert [str(job.source) for job in jobs] == ["a.mp4"]
    for key, says in (
        ("bad.jsonl", f"^s3://{bucket}/bad.jsonl:2: not JSON"),
        ("large.jsonl", f"s3://{bucket}/large.jsonl: {MOST_BYTES + 1} bytes, of {MOST_BYTES} at"),
        ("nowhere.jsonl", f"^the manifest: .*s3://{bucket}/nowhere.jsonl: no such object"),
    ):
        with pytest.raises(SettingsError, match=says) as refused:
            await fetch_manifest(SourceRef(bucket, key), settings)
        assert refused.value.reason == "manifest"
