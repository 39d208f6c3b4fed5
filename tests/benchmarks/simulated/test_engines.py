from __future__ import annotations

import threading
import time

import pytest

from benchmarks.simulated.engines import Engines, sleep_until


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_engine_does_one_thing_at_a_time() -> None:
    engines = Engines(1, _Clock())
    assert engines.book("a", 2) == (100, 102)
    assert engines.book("b", 3) == (102, 105)


def test_videos_share_the_engines() -> None:
    engines = Engines(2, _Clock())
    assert [engines.book(video, 2) for video in "abc"] == [(100, 102), (100, 102), (102, 104)]
    assert engines.booked == [(100, 102), (100, 102), (102, 104)]


def test_a_video_is_never_on_two_engines_at_once() -> None:
    engines = Engines(4, _Clock())
    assert [engines.book("a", 1) for _ in range(3)] == [(100, 101), (101, 102), (102, 103)]


def test_a_video_that_goes_on_leaves_the_other_engines_free() -> None:
    engines = Engines(2, _Clock())
    engines.book("a", 5)
    engines.book("a", 5)
    assert engines.book("b", 1) == (100, 101)


def test_work_booked_in_time_follows_without_a_gap_however_late_its_owner_wakes() -> None:
    clock = _Clock()
    engines = Engines(1, clock)
    engines.book("a", 1)
    engines.book("a", 1)
    clock.now = 101.4
    assert engines.book("a", 1) == (102, 103)


def test_an_engine_without_work_is_idle() -> None:
    clock = _Clock()
    engines = Engines(1, clock)
    engines.book("a", 1)
    clock.now = 105
    assert engines.book("a", 1) == (105, 106)


def test_there_is_at_least_one_engine() -> None:
    assert Engines(7).count == 7
    with pytest.raises(ValueError, match="0 engines"):
        Engines(0)


def test_a_sleep_ends_when_it_is_stopped() -> None:
    stopped = threading.Event()
    stopped.set()
    start = time.perf_counter()
    sleep_until(start + 60, stopped)
    sleep_until(start - 1, threading.Event())
    assert time.perf_counter() - start < 30
