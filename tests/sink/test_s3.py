"""What only a bucket does: headers, and an S3 that has a bad day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial

import boto3
import pytest

from gpu_service.aws import s3_client
from gpu_service.errors import SettingsError, TransientError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.s3 import S3Store
from tests.support.faulty_s3 import Fault, FaultyS3, Request, Script, faulty_s3

pytestmark = pytest.mark.anyio

KEY = "events/event_7/frame_1500.jpg"
ITEM = StoredObject(KEY, b"\xff\xd8 body \xff\xd9", "image/jpeg", {"video_id": "5"})


@pytest.fixture
def proxy(s3_environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    with faulty_s3(s3_environment) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture
async def store(proxy: FaultyS3, bucket: str) -> AsyncIterator[S3Store]:
    # One try in the client, so that what is tried again is tried again by the store.
    async with s3_client(connections=4, attempts=1) as client:
        yield S3Store(client, bucket)


@pytest.mark.parametrize(
    ("key", "caching"),
    [
        (KEY, "max-age=31536000, immutable"),
        ("events/sessions/9/timeline_overview.jpg", "no-cache"),
        ("other/thing.json", None),
    ],
)
async def test_headers(
    s3_environment: str, bucket: str, store: S3Store, key: str, caching: str | None
) -> None:
    await store.put(StoredObject(key, b"x", "image/jpeg", {"video_id": "5", "title": "süß 100%"}))
    client = boto3.client("s3", endpoint_url=s3_environment)
    answer = client.head_object(Bucket=bucket, Key=key)
    client.close()
    assert answer.get("CacheControl") == caching
    assert answer["ContentType"] == "image/jpeg"
    assert answer["Metadata"] == {"video_id": "5", "title": "s%C3%BC%C3%9F%20100%25"}


def first(count: int, method: str, fault: Fault) -> Script:
    def script(request: Request) -> Fault | None:
        return fault if request.method == method and request.number < count else None

    return script


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503, code="SlowDown"),
        Fault(status=500, code="InternalError"),
        Fault(cut_after=0, headers={"Content-Length": "9"}),
    ],
    ids=["throttled", "internal", "hung up"],
)
async def test_a_put_is_tried_again(proxy: FaultyS3, store: S3Store, fault: Fault) -> None:
    proxy.script = first(2, "PUT", fault)
    await store.put(ITEM)
    assert await store.get(KEY) == ITEM


async def test_attempts_are_bounded(proxy: FaultyS3, store: S3Store) -> None:
    proxy.script = lambda request: Fault(status=503, code="SlowDown")
    with pytest.raises(TransientError) as caught:
        await store.put(ITEM)
    assert "SlowDown" in str(caught.value)
    assert caught.value.__cause__ is not None
    assert len(proxy.requests) == 3


async def test_a_body_that_dies_half_way_is_read_again(proxy: FaultyS3, store: S3Store) -> None:
    await store.put(ITEM)
    proxy.script = first(2, "GET", Fault(cut_after=3))
    assert await store.get(KEY) == ITEM
    assert len(proxy.gets) == 3


async def test_a_listing_is_tried_again(proxy: FaultyS3, store: S3Store) -> None:
    await store.put(ITEM)
    proxy.script = first(1, "GET", Fault(status=503, code="SlowDown"))
    assert [key async for key in store.list_keys("")] == [KEY]


_KEY_ERRORS = (
    "<DeleteResult><Error><Key>{}</Key><Code>{}</Code><Message>on purpose</Message></Error>"
    "</DeleteResult>"
)


async def test_a_key_that_was_not_deleted_is_tried_again(proxy: FaultyS3, store: S3Store) -> None:
    await store.put(ITEM)
    answer = _KEY_ERRORS.format(KEY, "InternalError").encode()
    proxy.script = first(1, "POST", Fault(status=200, body=answer))
    await store.delete([KEY, "events/event_8/frame_0.jpg"])
    assert await store.get(KEY) is None
    assert [request.method for request in proxy.requests].count("POST") == 2


async def test_a_key_that_may_not_be_deleted_is_said(proxy: FaultyS3, store: S3Store) -> None:
    answer = _KEY_ERRORS.format(KEY, "AccessDenied").encode()
    proxy.script = lambda request: Fault(status=200, body=answer)
    with pytest.raises(SettingsError, match=KEY) as caught:
        await store.delete([KEY])
    assert caught.value.reason == "access_denied"
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=403, code="AccessDenied"), "access_denied"),
        (Fault(status=404, code="NoSuchBucket"), "bucket_missing"),
        (Fault(status=400, code="InvalidRequest"), "s3_refused"),
    ],
    ids=lambda value: value.code if isinstance(value, Fault) else None,
)
async def test_what_a_person_has_to_change(
    proxy: FaultyS3, store: S3Store, bucket: str, fault: Fault, reason: str
) -> None:
    async def listing() -> None:
        async for _ in store.list_keys(""):
            raise RuntimeError("nothing can be listed")

    proxy.script = lambda request: fault
    for attempt in (store.put(ITEM), store.get(KEY), store.delete([KEY]), listing()):
        with pytest.raises(SettingsError, match="GPU_SERVICE_THUMBNAILS_BUCKET") as caught:
            await attempt
        assert bucket in str(caught.value)
        assert caught.value.reason == reason


async def test_a_bucket_that_does_not_exist(s3_environment: str) -> None:
    async with s3_client(connections=1) as client:
        store = S3Store(client, "nobody-made-this")
        for attempt in (store.check, partial(store.put, ITEM)):
            with pytest.raises(SettingsError, match="nobody-made-this") as caught:
                await attempt()
            assert caught.value.reason == "bucket_missing"


async def test_a_check_says_nothing_of_a_bucket_that_may_not_be_asked_for(
    proxy: FaultyS3, store: S3Store
) -> None:
    proxy.script = lambda request: Fault(status=403) if request.method == "HEAD" else None
    await store.check()
    await store.put(ITEM)


async def test_wrong_credentials(proxy: FaultyS3, store: S3Store) -> None:
    proxy.script = lambda request: Fault(status=403, code="SignatureDoesNotMatch")
    with pytest.raises(SettingsError) as caught:
        await store.put(ITEM)
    assert caught.value.reason == "credentials"


async def test_an_endpoint_that_is_not_there(
    s3_environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with s3_client(connections=1, attempts=1) as client:
        with pytest.raises(TransientError) as caught:
            await S3Store(client, "any").put(ITEM)
    assert caught.value.reason == "s3_unreachable"
