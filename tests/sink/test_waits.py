"""Between tries: waits that double, are drawn by chance below that, and have a bound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from gpu_service.aws import s3_client
from gpu_service.errors import TransientError
from gpu_service.sink import s3
from gpu_service.sink.base import StoredObject
from gpu_service.sink.retry import Retries, repeated
from gpu_service.sink.s3 import S3Store
from tests.support.clock import Clock, patched_clock
from tests.support.faulty_s3 import Fault, FaultyS3, faulty_s3

pytestmark = pytest.mark.anyio

ITEM = StoredObject("events/event_7/frame_1500.jpg", b"body", "image/jpeg")


def assert_drawn(clock: Clock, bounds: list[float]) -> None:
    """Each wait was drawn between nothing and its bound."""
    assert clock.waits == pytest.approx([bound / 4 for bound in bounds])
    # For a try that does not come a wait is drawn as well.
    drawn = clock.drawn[: len(bounds)]
    assert [low for low, _ in drawn] == [0] * len(bounds)
    assert [high for _, high in drawn] == pytest.approx(bounds)


async def test_waits_of_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = patched_clock(monkeypatch)

    async def transaction() -> None:
        raise TransientError("in the way", reason="database_conflict")

    with pytest.raises(TransientError):
        await repeated(transaction, Retries(7, first_wait_seconds=0.2, longest_wait_seconds=2))
    bounds = [0.2, 0.4, 0.8, 1.6, 2, 2]
    assert_drawn(clock, bounds)


@pytest.fixture
def proxy(s3_environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """An S3 that refuses everything for the moment."""
    with faulty_s3(s3_environment) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        running.script = lambda request: Fault(status=503, code="SlowDown")
        yield running


@pytest.fixture(params=[1, 4])
async def store(
    request: pytest.FixtureRequest, proxy: FaultyS3, bucket: str
) -> AsyncIterator[S3Store]:
    async with s3_client(connections=1, attempts=request.param) as client:
        yield S3Store(client, bucket)


@pytest.mark.parametrize("store", [1], indirect=True)
async def test_waits_of_an_upload(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = patched_clock(monkeypatch)
    monkeypatch.setattr(s3, "_ATTEMPTS", 8)
    with pytest.raises(TransientError):
        await store.put(ITEM)
    bounds = [0.2, 0.4, 0.8, 1.6, 3.2, 4, 4]
    assert_drawn(clock, bounds)


@pytest.mark.parametrize("store", [4], indirect=True)
async def test_waits_of_an_upload_with_those_of_the_client(
    store: S3Store, proxy: FaultyS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = patched_clock(monkeypatch, chance=True)
    with pytest.raises(TransientError):
        await store.put(ITEM)
    of_client = [1, 2, 4]
    bounds = [*of_client, 0.2, *of_client, 0.4, *of_client]
    assert len(proxy.requests) == len(bounds) + 1
    assert len(clock.waits) == len(bounds)
    assert all(0 < wait <= bound for wait, bound in zip(clock.waits, bounds, strict=True))
    assert len(set(clock.waits)) == len(bounds)
