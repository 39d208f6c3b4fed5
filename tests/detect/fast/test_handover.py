from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest

from gpu_service.detect.fast import handover as module
from gpu_service.detect.fast.handover import Handover
from gpu_service.errors import InternalError, TransientError

WAIT_SECONDS = 20


def test_what_is_left_stays_for_whoever_asks_again() -> None:
    handover = Handover()

    handover.give("one", 1)
    handover.give("other", None)

    assert [handover.take("one"), handover.take("one")] == [1, 1]
    assert handover.take("other") is None


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", WAIT_SECONDS)


class Asked(Handover):
    """Knows when somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = Semaphore(0)
        wait_for = self._changed.wait_for

        def telling(predicate: Callable[[], bool], timeout: float | None = None) -> bool:
            def asked() -> bool:
                self.asked.release()
                return predicate()

            return wait_for(asked, timeout)

        self._changed.wait_for = telling  # type: ignore[method-assign, assignment]


def test_the_later_one_waits_for_its_part() -> None:
    handover = Asked()
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(handover.take, 2)
        assert handover.asked.acquire(timeout=WAIT_SECONDS)
        handover.give(1, "first")
        assert handover.asked.acquire(timeout=WAIT_SECONDS)
        assert not found.done()
        handover.give(2, "second")

        assert found.result(WAIT_SECONDS) == "second"
    assert handover.waited_seconds > 0


def test_what_fails_fails_whoever_waits_and_whoever_comes_later() -> None:
    handover = Asked()
    handover.give(1, "first")
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(handover.take, 2)
        assert handover.asked.acquire(timeout=WAIT_SECONDS)
        handover.fail(MemoryError("none is left"))

        with pytest.raises(InternalError, match="MemoryError: none is left"):
            found.result(WAIT_SECONDS)
    assert handover.take(1) == "first", "that much was done"
    with pytest.raises(InternalError):
        handover.take(2)


def test_an_error_of_the_service_keeps_its_kind_and_reason() -> None:
    handover = Handover()
    handover.fail(TransientError("memory is short", reason="out_of_memory"))

    with pytest.raises(TransientError, match="memory is short") as raised:
        handover.take(1)

    assert raised.value.reason == "out_of_memory"


def test_what_never_comes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)

    with pytest.raises(InternalError, match="the one before it isn't"):
        Handover().take(1)


def test_whoever_wants_to_begin_hears_once_that_there_is_something() -> None:
    handover, told = Handover(), list[int]()
    assert not handover.when_begun(lambda: told.append(1))

    handover.give(0, "first")
    handover.give(1, "second")

    assert told == [1]
    assert handover.when_begun(lambda: told.append(2))
    handover.give(2, "third")
    assert told == [1]


def test_whoever_wants_to_begin_hears_of_a_failure() -> None:
    handover, told = Handover(), list[int]()
    assert not handover.when_begun(lambda: told.append(1))

    handover.fail(MemoryError("none is left"))

    assert told == [1]
    assert handover.when_begun(lambda: told.append(2))
