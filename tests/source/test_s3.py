"""What only S3 does: pins, refusals, the charges; against a real endpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
from anyio import current_time, to_thread

from gpu_service.aws import s3_client, translate_s3_error
from gpu_service.errors import (
    GpuServiceError,
    InputError,
    InternalError,
    SettingsError,
    TransientError,
)
from gpu_service.jobs import SourceRef
from gpu_service.settings import SourceSettings
from gpu_service.source.open import source_for
from gpu_service.source.s3 import S3Source
from tests.source.places import SMALL, KiB, S3Place, content_of
from tests.support.faulty_s3 import Fault, FaultyS3

pytestmark = pytest.mark.anyio

CONTENT = content_of(700_001)


async def refusal(bucket: str, key: str, settings: SourceSettings = SMALL) -> GpuServiceError:
    async with s3_client(connections=8, attempts=1) as client:
        source = S3Source(client, bucket, key, settings, wait_seconds=0.01)
        with pytest.raises(GpuServiceError) as caught:
            async with source.open():
                pass
    assert f"s3://{bucket}/{key}" in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_every_get_names_the_etag(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    async with s3_place.source() as source, source.open() as opened:
        await to_thread.run_sync(opened.file.read)
    assert len(proxy.gets) > 3
    assert {request.headers["if-match"] for request in proxy.gets} == {f'"{opened.pin.etag}"'}
    assert opened.requests == len(proxy.gets)


async def test_every_get_names_the_version(proxy: FaultyS3, versioned_place: S3Place) -> None:
    versioned_place.put(CONTENT)
    async with versioned_place.source() as source, source.open() as opened:
        await to_thread.run_sync(opened.file.read)
    assert opened.pin.version_id
    assert all(f"versionId={opened.pin.version_id}" in request.path for request in proxy.gets)


@pytest.mark.parametrize("deleted", [False, True], ids=["replaced", "deleted"])
async def test_an_old_version_is_read_to_its_end(versioned_place: S3Place, deleted: bool) -> None:
    versioned_place.put(CONTENT)
    async with versioned_place.source() as source, source.open() as opened:
        await to_thread.run_sync(opened.file.read, 10)
        versioned_place.delete() if deleted else versioned_place.put(b"new")
        opened.file.seek(0)
        assert await to_thread.run_sync(opened.file.read) == CONTENT


async def test_only_heads_and_gets_reach_the_bucket(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    async with s3_place.source() as source, source.open() as opened:
        await to_thread.run_sync(opened.file.read)
    await refusal(s3_place.bucket, "none.mp4")
    assert {request.method for request in proxy.requests} == {"HEAD", "GET"}


@pytest.mark.parametrize("pays", [False, True])
async def test_requester_pays_is_said_only_when_set(
    proxy: FaultyS3, s3_place: S3Place, pays: bool
) -> None:
    s3_place.put(CONTENT)
    settings = SourceSettings(requester_pays=pays)
    async with s3_place.source(settings) as source, source.open() as opened:
        await to_thread.run_sync(opened.file.read)
    said = {request.headers.get("x-amz-request-payer") for request in proxy.requests}
    assert said == ({"requester"} if pays else {None})


async def test_a_missing_bucket_is_told_from_a_missing_key(s3_place: S3Place) -> None:
    assert (await refusal("no-such-bucket-here", "a.mp4")).reason == "bucket_missing"
    assert (await refusal(s3_place.bucket, "a.mp4")).reason == "object_missing"


async def test_an_impossible_bucket_is_a_wrong_setting(s3_environment: str) -> None:
    error = await refusal("no bucket?", "a.mp4")
    assert isinstance(error, SettingsError)


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (403, "AccessDenied", InputError, "access_denied"),
        (403, "InvalidAccessKeyId", SettingsError, "credentials"),
        (403, "SignatureDoesNotMatch", SettingsError, "credentials"),
        (400, "ExpiredToken", SettingsError, "credentials"),
        (400, "InvalidRequest", InputError, "s3_refused"),
    ],
)
async def test_the_code_behind_a_bare_status(
    proxy: FaultyS3,
    s3_place: S3Place,
    status: int,
    code: str,
    kind: type[GpuServiceError],
    reason: str,
) -> None:
    """A HEAD carries no code; nothing of this is tried twice.

    (After a 400 the AWS client itself asks for the bucket's region, by a second HEAD.)
    """
    proxy.script = lambda request: Fault(status=status, code=code)
    error = await refusal(s3_place.bucket, s3_place.key)
    assert isinstance(error, kind)
    assert error.reason == reason
    tries = [request for request in proxy.requests if s3_place.bucket + "/" in request.path]
    assert [request.method for request in tries] == ["HEAD", "GET"]


async def test_no_credentials_at_all(s3_place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    s3_place.put(CONTENT)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = await refusal(s3_place.bucket, s3_place.key)
    assert isinstance(error, SettingsError)
    assert error.reason == "credentials"


async def test_an_archived_object_is_refused(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = lambda request: (
        Fault(status=403, code="InvalidObjectState") if request.method == "GET" else None
    )
    async with s3_place.source() as source, source.open() as opened:
        with pytest.raises(InputError, match="archived"):
            await to_thread.run_sync(opened.file.read)


async def test_nobody_listens(
    s3_place: S3Place, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    error = await refusal(s3_place.bucket, "a.mp4", SourceSettings(read_attempts=2))
    assert isinstance(error, TransientError)
    assert error.reason == "s3_unreachable"


async def test_a_connection_that_does_not_come_about_is_tried_again(
    s3_place: S3Place, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waits lie between the tries."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    settings = SourceSettings(read_attempts=3)
    async with s3_client(connections=8, attempts=1) as client:
        source = S3Source(client, s3_place.bucket, "a.mp4", settings, wait_seconds=0.2)
        started = current_time()
        with pytest.raises(TransientError, match="unreachable"):
            async with source.open():
                pass
    assert current_time() - started > (0.2 + 0.4) / 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_PROFILE", "nobody"), ("AWS_CONFIG_FILE", "broken"), ("AWS_REGION", "not a region")],
)
async def test_settings_of_aws_that_are_wrong(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("[profile x\nno end")
    monkeypatch.setenv("AWS_DEFAULT_REGION", value if name == "AWS_REGION" else "us-east-1")
    monkeypatch.setenv(name, str(broken) if value == "broken" else value)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        async with s3_client(connections=1):
            pass
    error = translate_s3_error(caught.value, what="opening S3")
    assert isinstance(error, SettingsError), repr(caught.value)


async def test_an_address_in_s3_needs_a_client() -> None:
    with pytest.raises(InternalError, match="client"):
        source_for(SourceRef("bucket", "key"), SMALL, None)


async def test_an_address_in_s3_becomes_its_source(s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    async with s3_client(connections=4) as client:
        ref = SourceRef.parse(f"s3://{s3_place.bucket}/{s3_place.key}")
        async with source_for(ref, SMALL, client).open() as opened:
            opened.file.seek(600 * KiB)
            assert await to_thread.run_sync(opened.file.read, 9) == CONTENT[600 * KiB :][:9]
