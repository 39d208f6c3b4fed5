from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpu_service.decode.nvdec.turn import Turn, processes_to_feed


def test_one_thread_at_a_time_has_it() -> None:
    turn, asks, has_it = Turn(), threading.Event(), threading.Event()

    def takes_it() -> None:
        asks.set()
        with turn:
            has_it.set()

    with ThreadPoolExecutor(1) as other:
        with turn:
            taking = other.submit(takes_it)
            assert asks.wait(60)
            # Long enough for one that need not wait; one that must has all the time there is.
            assert not has_it.wait(0.2)
        taking.result(timeout=60)
    assert has_it.is_set()


def test_while_it_is_released_others_have_it() -> None:
    turn = Turn()

    def takes_it() -> bool:
        with turn:
            return turn.is_held()

    with ThreadPoolExecutor(1) as other, turn:
        assert turn.is_held()
        with turn.released():
            assert not turn.is_held()
            assert other.submit(takes_it).result(timeout=60)
        assert turn.is_held()


def test_an_error_on_the_way_changes_nothing() -> None:
    turn = Turn()
    with turn:
        with pytest.raises(ValueError, match="odd"), turn.released():
            raise ValueError("odd")
        assert turn.is_held()
    with pytest.raises(ValueError, match="odd"), turn:
        raise ValueError("odd")
    assert not turn.is_held()


def test_who_has_none_releases_nothing() -> None:
    turn, taken, seen = Turn(), threading.Event(), threading.Event()

    def holds_it() -> bool:
        with turn:
            taken.set()
            seen.wait(60)
            return turn.is_held()

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(holds_it)
        assert taken.wait(60)
        with turn.released():
            assert not turn.is_held()
        assert not turn.is_held()
        seen.set()
        assert holding.result(timeout=60)


@pytest.mark.parametrize(("engines", "processes"), [(0, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
def test_more_engines_than_one_process_feeds_ask_for_more(engines: int, processes: int) -> None:
    assert processes_to_feed(engines) == processes
