"""Addresses that a bucket gives out: they lead to the object, and to the right S3."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from anyio import to_thread

from gpu_service.aws import s3_client
from gpu_service.errors import SettingsError
from gpu_service.sink.base import StoredObject
from gpu_service.sink.s3 import S3Store
from tests.support.faulty_s3 import faulty_s3

pytestmark = pytest.mark.anyio

KEY = "events/event_7/frame_1500.jpg"
ITEM = StoredObject(KEY, b"\xff\xd8 body \xff\xd9", "image/jpeg")


def fetched(link: str) -> tuple[bytes, str]:
    with urlopen(link) as answer:
        return answer.read(), answer.headers["Content-Type"]


async def link_to(bucket: str, key: str = KEY) -> str:
    async with s3_client(connections=1) as client:
        link = await S3Store(client, bucket).link(key, seconds=60)
    assert link is not None
    return link


async def test_a_link_gives_the_object_to_whoever_has_it(
    s3_environment: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_s3(s3_environment) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        async with s3_client(connections=1) as client:
            await S3Store(client, bucket).put(ITEM)
        asked = len(proxy.requests)
        link = await link_to(bucket)
        assert len(proxy.requests) == asked, "a link is only signed"
        assert await to_thread.run_sync(fetched, link) == (ITEM.body, "image/jpeg")
    query = parse_qs(urlsplit(link).query)
    # Version 2 has AWSAccessKeyId and Signature instead.
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host"]


@pytest.mark.parametrize(
    ("endpoint", "region", "address"),
    [
        ("", "us-east-1", "https://mine.s3.amazonaws.com/"),
        ("", "eu-west-1", "https://mine.s3.eu-west-1.amazonaws.com/"),
        ("", "eu-south-1", "https://mine.s3.eu-south-1.amazonaws.com/"),
        ("", "cn-north-1", "https://mine.s3.cn-north-1.amazonaws.com.cn/"),
        ("http://minio:9000", "eu-west-1", "http://minio:9000/mine/"),
    ],
)
async def test_a_link_leads_to_the_client_s_own_s3(
    s3_environment: str,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    region: str,
    address: str,
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    else:
        monkeypatch.delenv("AWS_ENDPOINT_URL")
    link = await link_to("mine", "events/a b/é.jpg")
    assert link.startswith(f"{address}events/a%20b/%C3%A9.jpg?")
    assert f"%2F{region}%2Fs3%2Faws4_request" in link


async def test_a_link_without_credentials(
    s3_environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SettingsError) as caught:
        await link_to("mine")
    assert caught.value.reason == "credentials"
