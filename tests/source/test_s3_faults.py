"""Bad days of S3: every fault goes over a real connection, through a proxy that misbehaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import aioboto3
import anyio
import anyio.lowlevel
import pytest
from aiobotocore.config import AioConfig
from anyio import to_thread

from gpu_service.errors import GpuServiceError, SourceChangedError, TransientError
from gpu_service.settings import SourceSettings
from gpu_service.source.base import OpenSource
from gpu_service.source.s3 import S3Source
from tests.source.places import SMALL, KiB, MiB, S3Place, content_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

pytestmark = pytest.mark.anyio

CONTENT = content_of(2 * MiB + 1)
ONE_GET = SourceSettings(read_attempts=4)
"""The whole object fits a part."""


def get_number(wanted: int, fault: Fault) -> Callable[[Request], Fault | None]:
    """This one GET goes wrong, counted from 0."""
    return lambda request: fault if (request.method, request.number) == ("GET", wanted) else None


def every_get(fault: Fault) -> Callable[[Request], Fault | None]:
    return lambda request: fault if request.method == "GET" else None


async def read_all(place: S3Place, settings: SourceSettings = ONE_GET) -> tuple[bytes, int]:
    async with place.source(settings) as source, source.open() as opened:
        return await to_thread.run_sync(opened.file.read), opened.bytes_read


async def failure_of(place: S3Place, settings: SourceSettings = ONE_GET) -> GpuServiceError:
    async with place.source(settings) as source, source.open() as opened:
        with pytest.raises(GpuServiceError) as caught:
            await to_thread.run_sync(opened.file.read)
        assert opened.failure is caught.value
    assert f"s3://{place.bucket}/{place.key}" in str(caught.value)
    return caught.value


async def test_a_body_that_dies_is_resumed_from_its_last_byte(
    proxy: FaultyS3, s3_place: S3Place
) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(0, Fault(cut_after=1_234_567))
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))
    assert [(get.start, get.end) for get in proxy.gets] == [
        (0, len(CONTENT)),
        (1_234_567, len(CONTENT)),
    ]


async def test_bodies_that_die_all_the_time_still_arrive(
    proxy: FaultyS3, s3_place: S3Place
) -> None:
    """Progress counts: more deaths than attempts."""
    s3_place.put(CONTENT)
    proxy.script = every_get(Fault(cut_after=300 * KiB))
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))
    assert len(proxy.gets) == 7


async def test_a_trickle_is_not_progress(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = every_get(Fault(cut_after=100))
    error = await failure_of(s3_place)
    assert isinstance(error, TransientError)
    assert len(proxy.gets) == ONE_GET.read_attempts


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "SlowDown"), (500, "InternalError"), (429, "TooMany"), (400, "RequestTimeout")],
)
async def test_throttling_is_waited_out(
    proxy: FaultyS3, s3_place: S3Place, status: int, code: str
) -> None:
    s3_place.put(CONTENT)
    proxy.script = lambda request: (
        Fault(status=status, code=code)
        if request.number < 3 and (request.method == "GET" or status != 400)
        else None
    )
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))
    assert len(proxy.gets) == 4


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_throttling_ends_with_the_attempts(
    proxy: FaultyS3, s3_place: S3Place, method: str
) -> None:
    s3_place.put(CONTENT)
    proxy.script = lambda request: (
        Fault(status=503, code="SlowDown") if request.method == method else None
    )
    with pytest.raises(TransientError, match="s3://"):
        await read_all(s3_place)
    tries = [request for request in proxy.requests if request.method == method]
    # A HEAD that keeps failing is asked once more as a GET, for the code.
    assert len(tries) == ONE_GET.read_attempts


@pytest.mark.parametrize(
    "said",
    ["bytes 5-2097157/2097153", "bytes 0-99/2097153", "bytes */2097153", ""],
    ids=["elsewhere", "shorter", "unsaid", "none"],
)
async def test_another_range_than_asked_is_not_taken(
    proxy: FaultyS3, s3_place: S3Place, said: str
) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(0, Fault(headers={"Content-Range": said}))
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))
    assert len(proxy.gets) == 2
    proxy.script = every_get(Fault(headers={"Content-Range": said}))
    assert (await failure_of(s3_place)).reason == "s3_bad_response"


async def test_another_length_than_asked_is_not_taken(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(0, Fault(headers={"Content-Length": "1000"}, cut_after=1000))
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=412, code="PreconditionFailed"),
        Fault(status=416, code="InvalidRange"),
        Fault(status=404, code="NoSuchKey"),
        Fault(headers={"Content-Range": "bytes 0-2097152/2097999"}),
        Fault(headers={"ETag": '"another"'}),
    ],
    ids=["412", "416", "404", "size", "etag"],
)
async def test_a_changed_object_is_never_tried_again(
    proxy: FaultyS3, s3_place: S3Place, fault: Fault
) -> None:
    s3_place.put(CONTENT)
    proxy.script = every_get(fault)
    assert isinstance(await failure_of(s3_place), SourceChangedError)
    assert len(proxy.gets) == 1


async def test_an_object_replaced_between_two_gets(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(2, Fault(before=lambda: s3_place.put(CONTENT + b"more")))
    assert isinstance(await failure_of(s3_place, SMALL), SourceChangedError)


async def test_an_object_replaced_while_its_body_is_cut(proxy: FaultyS3, s3_place: S3Place) -> None:
    """The rest of a truncated body must not come from the new object."""
    s3_place.put(CONTENT)
    faults = {0: Fault(cut_after=1000), 1: Fault(before=lambda: s3_place.put(CONTENT[::-1]))}
    proxy.script = lambda request: faults.get(request.number) if request.end else None
    assert isinstance(await failure_of(s3_place), SourceChangedError)


async def test_an_object_deleted_between_two_gets(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(2, Fault(before=s3_place.delete))
    error = await failure_of(s3_place, SMALL)
    assert isinstance(error, SourceChangedError)
    assert "deleted" in str(error)


async def test_a_body_that_stalls_is_resumed(proxy: FaultyS3, s3_place: S3Place) -> None:
    s3_place.put(CONTENT)
    proxy.script = get_number(0, Fault(hang_after=1_000_000))
    config = AioConfig(read_timeout=0.3, retries={"total_max_attempts": 1})
    async with (
        aioboto3.Session().client("s3", config=config) as client,
        S3Source(client, s3_place.bucket, s3_place.key, ONE_GET).open() as opened,
    ):
        assert await to_thread.run_sync(opened.file.read) == CONTENT
        assert opened.bytes_read == len(CONTENT)


async def test_slow_answers_overlap(proxy: FaultyS3, s3_place: S3Place) -> None:
    """As many GETs are on their way at once as the settings say, besides the reader's own."""
    s3_place.put(CONTENT)
    most = 0

    def look() -> None:
        nonlocal most
        most = max(most, proxy.answering)

    proxy.script = every_get(Fault(delay_seconds=0.05, before=look))
    assert await read_all(s3_place, SMALL) == (CONTENT, len(CONTENT))
    assert most == SMALL.parts_in_flight


class Worker:
    """Reads in a thread, as a demuxer does, and notes how it ended."""

    def __init__(self) -> None:
        self.ended: BaseException | None = None
        self.done = threading.Event()

    def read(self, opened: OpenSource) -> None:
        try:
            opened.file.read()
        except GpuServiceError as error:
            self.ended = error
        finally:
            self.done.set()


@pytest.mark.parametrize("how", ["cancelled", "left"])
async def test_a_waiting_worker_is_freed(proxy: FaultyS3, s3_place: S3Place, how: str) -> None:
    """Afterwards no task is left, and no connection on which something was still to come."""
    s3_place.put(CONTENT)
    proxy.script = every_get(Fault(hang_after=10))
    before = asyncio.all_tasks()
    worker = Worker()
    async with s3_place.source(SMALL) as source:
        async with anyio.create_task_group() as tasks:
            async with source.open() as opened:
                tasks.start_soon(to_thread.run_sync, worker.read, opened)
                assert await to_thread.run_sync(proxy.wait_until_answering, SMALL.parts_in_flight)
                if how == "cancelled":
                    tasks.cancel_scope.cancel()
                    await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        assert worker.done.is_set()
        assert isinstance(worker.ended, TransientError)
        assert worker.ended.reason == "interrupted"
        assert opened.failure is worker.ended
        assert await to_thread.run_sync(proxy.wait_until_answering, 0)
        assert asyncio.all_tasks() == before
    assert asyncio.all_tasks() == before


async def test_cancelling_frees_a_worker_that_the_block_waits_for(
    proxy: FaultyS3, s3_place: S3Place
) -> None:
    """Threads are never abandoned, so the block can't be left before the worker is free."""
    s3_place.put(CONTENT)
    proxy.script = every_get(Fault(hang_after=10))
    worker = Worker()
    async with s3_place.source(SMALL) as source, source.open() as opened:
        with anyio.move_on_after(0.2) as scope:
            async with source.open() as inner:
                await to_thread.run_sync(worker.read, inner)
        assert scope.cancel_called
        assert isinstance(worker.ended, TransientError)
        assert opened.failure is None
    assert await to_thread.run_sync(proxy.wait_until_answering, 0)


async def test_a_refused_connection_is_tried_again(proxy: FaultyS3, s3_place: S3Place) -> None:
    """A server that closes without a word."""
    s3_place.put(CONTENT)

    def hang_up() -> None:
        raise ConnectionResetError

    proxy.script = lambda request: Fault(before=hang_up) if request.number < 2 else None
    assert await read_all(s3_place) == (CONTENT, len(CONTENT))
