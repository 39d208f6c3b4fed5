"""Between the tries of a range: waits that double, partly by chance, and have a bound."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from gpu_service.source.attempts import Attempts
from tests.support.clock import patched_clock

pytestmark = pytest.mark.anyio

SLOW_DOWN = ClientError(
    {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}},  # type: ignore[typeddict-item]
    "GetObject",
)
BOUNDS = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]


async def test_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = patched_clock(monkeypatch)
    attempts = Attempts(len(BOUNDS) + 1, 0.2)
    assert [await attempts.failed(SLOW_DOWN) for _ in BOUNDS] == [True] * len(BOUNDS)
    assert not await attempts.failed(SLOW_DOWN)
    assert clock.waits == pytest.approx([bound * 5 / 8 for bound in BOUNDS])
    assert clock.drawn == [(0.5, 1.0)] * len(BOUNDS)


async def test_progress_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = patched_clock(monkeypatch)
    attempts = Attempts(3, 0.2)
    for _ in range(2):
        assert await attempts.failed(SLOW_DOWN)
        assert await attempts.failed(SLOW_DOWN)
        attempts.succeeded()
    assert clock.waits == pytest.approx([0.125, 0.25] * 2)


async def test_what_can_not_pass_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = patched_clock(monkeypatch)
    assert not await Attempts(9, 0.2).failed(ValueError("no answer of S3"))
    assert clock.waits == []
