from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpu_service.decode.nvdec.turn import Turn


def test_one_thread_at_a_time_has_it() -> None:
    turn, at_work, most = Turn(), 0, 0

    def work() -> None:
        nonlocal at_work, most
        for _ in range(500):
            with turn:
                at_work += 1
                most = max(most, at_work)
                at_work -= 1

    with ThreadPoolExecutor(4) as threads:
        for one in [threads.submit(work) for _ in range(4)]:
            one.result()
    assert (at_work, most) == (0, 1)


def test_while_it_is_left_others_have_it() -> None:
    turn = Turn()

    def takes_it() -> bool:
        with turn:
            return turn.is_held()

    with ThreadPoolExecutor(1) as other, turn:
        assert turn.is_held()
        with turn.left():
            assert not turn.is_held()
            assert other.submit(takes_it).result(timeout=60)
        assert turn.is_held()
        waiting = other.submit(takes_it)
        assert not waiting.done()
    assert waiting.result(timeout=60)


def test_an_error_on_the_way_changes_nothing() -> None:
    turn = Turn()
    with turn:
        with pytest.raises(ValueError, match="odd"), turn.left():
            raise ValueError("odd")
        assert turn.is_held()
    with pytest.raises(ValueError, match="odd"), turn:
        raise ValueError("odd")
    assert not turn.is_held()


def test_who_has_none_leaves_nothing() -> None:
    turn, taken, seen = Turn(), threading.Event(), threading.Event()

    def holds_it() -> bool:
        with turn:
            taken.set()
            seen.wait(60)
            return turn.is_held()

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(holds_it)
        assert taken.wait(60)
        with turn.left():
            assert not turn.is_held()
        assert not turn.is_held()
        seen.set()
        assert holding.result(timeout=60)
