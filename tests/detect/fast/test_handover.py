from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gpu_service.detect.fast import handover as module
from gpu_service.detect.fast.handover import Handover
from gpu_service.errors import InternalError

WAIT_SECONDS = 20


def test_what_is_left_stays_for_whoever_asks_again() -> None:
    handover = Handover()

    handover.give("one", 1)
    handover.give("other", None)

    assert [handover.take("one"), handover.take("one")] == [1, 1]
    assert handover.take("other") is None


def test_the_later_one_waits_for_its_part() -> None:
    handover = Handover()
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(handover.take, 2)
        handover.give(1, "first")
        assert not found.done()
        handover.give(2, "second")

        assert found.result(WAIT_SECONDS) == "second"


def test_what_fails_fails_whoever_waits_and_whoever_comes_later() -> None:
    handover = Handover()
    handover.give(1, "first")
    failure = MemoryError("none is left")
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(handover.take, 2)
        handover.fail(failure)

        with pytest.raises(InternalError, match="the run before has failed") as raised:
            found.result(WAIT_SECONDS)
    assert raised.value.__cause__ is failure
    assert handover.take(1) == "first", "that much was done"
    with pytest.raises(InternalError):
        handover.take(2)


def test_what_never_comes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)

    with pytest.raises(InternalError, match="the one before it isn't"):
        Handover().take(1)
