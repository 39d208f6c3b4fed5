from __future__ import annotations

import pytest

from benchmarks.s3.pace import Pace
from tests.benchmarks.s3.clock import SteppedClock


def test_bytes_take_their_time() -> None:
    clock = SteppedClock()
    pace = Pace(1000.0, clock)
    for _ in range(10):
        pace.take(500)
    assert clock.seconds == pytest.approx(5.0)


def test_time_that_nobody_used_is_not_made_up_for() -> None:
    clock = SteppedClock()
    pace = Pace(1000.0, clock)
    pace.take(1000)
    clock.seconds += 60
    pace.take(1000)
    assert clock.sleeps == [pytest.approx(1.0), pytest.approx(1.0)]


def test_whoever_asks_later_waits_for_those_before() -> None:
    class Noted(SteppedClock):
        def sleep(self, seconds: float) -> None:
            # As for threads that wait at the same time.
            self.sleeps.append(seconds)

    clock = Noted()
    pace = Pace(1000.0, clock)
    for _ in range(3):
        pace.take(1000)
    assert clock.sleeps == [pytest.approx(1.0), pytest.approx(2.0), pytest.approx(3.0)]


def test_no_cap_no_wait() -> None:
    clock = SteppedClock()
    Pace(None, clock).take(10**12)
    assert clock.sleeps == []


@pytest.mark.parametrize("rate", [None, 1e3, 2e6, 90e6, 1e12])
def test_pieces_are_of_sensible_size(rate: float | None) -> None:
    assert 16 * 1024 <= Pace(rate, SteppedClock()).piece_bytes <= 256 * 1024
