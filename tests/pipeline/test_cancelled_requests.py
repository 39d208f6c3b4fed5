"""Cancelled while a request to S3 is under way: each kind, in the order of a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from anyio import to_thread

from tests.pipeline.bench import BESIDE, KEY, Bench
from tests.pipeline.holds import (
    Gate,
    is_read,
    is_sheet,
    is_sweep,
    is_thumbnail,
    late,
    lost,
    nth,
    unanswered,
)
from tests.support.faulty_s3 import Fault, Request

pytestmark = pytest.mark.anyio

Matches = Callable[[Request, Bench], bool]


def _is_head(request: Request, bench: Bench) -> bool:
    return request.method == "HEAD" and bench.place.raw in request.path


def _is_check(request: Request, bench: Bench) -> bool:
    return request.method == "HEAD" and bench.place.thumbnails in request.path


def _is_read(request: Request, bench: Bench) -> bool:
    return is_read(request, bench.place)


Fate = Callable[[Gate], Fault]

REQUESTS: dict[str, tuple[Matches, int, Fate]] = {
    "open": (_is_head, 0, lost),
    "demux": (_is_read, 0, lost),
    "check of the store": (_is_check, 0, lost),
    "decode": (_is_read, 3, lost),
    "first upload, late": (lambda request, _: is_thumbnail(request), 0, late),
    "first upload, unanswered": (lambda request, _: is_thumbnail(request), 0, unanswered),
    "last upload, lost": (lambda request, _: is_thumbnail(request), 2, lost),
    "sheet, late": (lambda request, _: is_sheet(request), 0, late),
    "sheet, unanswered": (lambda request, _: is_sheet(request), 0, unanswered),
}


@pytest.mark.parametrize(("matches", "number", "fate"), REQUESTS.values(), ids=REQUESTS)
async def test_cancelled_while_a_request_is_under_way(
    bench: Bench, matches: Matches, number: int, fate: Fate
) -> None:
    gate = Gate()
    bench.proxy.script = nth(number, lambda request: matches(request, bench), fate(gate))
    async with bench.at_work() as scope:
        await to_thread.run_sync(gate.await_arrival)
        scope.cancel()
    gate.open()
    left = await bench.assert_stopped()
    assert [row["reason"] for row in left.videos] == ["interrupted"]


@pytest.mark.parametrize(("when", "fate"), [("before", late), ("after", unanswered)])
async def test_cancelled_in_a_sweep(bench: Bench, when: str, fate: Fate) -> None:
    """Of what a killed run has left, before; of what another result was, after."""
    if when == "before":
        await to_thread.run_sync(_leave_an_object, bench)
    else:
        await bench.analyze_otherwise()
    gate = Gate()
    bench.proxy.script = nth(0, is_sweep, fate(gate))
    async with bench.at_work() as scope:
        await to_thread.run_sync(gate.await_arrival)
        scope.cancel()
    gate.open()
    left = await bench.assert_stopped()
    assert len(left.timeline) == (0 if when == "before" else 3)
    assert len(left.intents) == 1


def _leave_an_object(bench: Bench) -> None:
    key = "events/event_1/frame_0.jpg"
    bench.place.s3.put_object(Bucket=bench.place.thumbnails, Key=key, Body=b"left")
    bench.place.rows("INSERT INTO object_intent (key, video_id) VALUES ($1, 42)", key)


async def test_an_upload_that_fails_frees_the_thread_that_makes_the_next(bench: Bench) -> None:
    bench.proxy.script = lambda request: (
        Fault(status=403, code="AccessDenied") if is_thumbnail(request) else None
    )
    async with bench.at_work(BESIDE) as scope:
        result = await bench.analyze(KEY)
        scope.cancel()
    assert (result.reason, result.exit_code) == ("access_denied", 2)
    await bench.assert_nothing_left()
