from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
import torch

from gpu_service.detect.fast.winograd.hands import Hands, Workspace


@pytest.fixture(autouse=True)
def torch_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_every_task_is_done_once_and_the_threads_are_gone() -> None:
    done: list[tuple[int, str]] = []
    together = threading.Barrier(2)

    def task(number: int, space: Workspace) -> None:
        if number < 2:
            together.wait(30)
        done.append((number, threading.current_thread().name))

    with Hands(lambda: 2) as hands:
        hands.share(partial(task, number) for number in range(20))

    assert sorted(number for number, _ in done) == list(range(20))
    assert len({name for _, name in done}) == 2
    assert not any(thread.name.startswith("convolve") for thread in threading.enumerate())


def test_each_thread_has_a_workspace_and_one_thread_of_torch() -> None:
    seen: list[tuple[int, int]] = []
    together = threading.Barrier(3)

    def task(space: Workspace) -> None:
        together.wait(30)
        seen.append((id(space), torch.get_num_threads()))

    with Hands(lambda: 3) as hands:
        hands.share([task] * 3)

    assert len({space for space, _ in seen}) == 3
    assert {threads for _, threads in seen} == {1}


def test_how_many_may_help_is_asked_anew() -> None:
    may = iter([1, 2])
    names: list[set[str]] = []
    with Hands(lambda: next(may)) as hands:
        for _ in range(2):
            own: set[str] = set()
            names.append(own)
            together = threading.Barrier(len(names))

            def task(
                space: Workspace, own: set[str] = own, together: threading.Barrier = together
            ) -> None:
                together.wait(30)
                own.add(threading.current_thread().name)

            hands.share([task] * 2)

    assert [len(own) for own in names] == [1, 2]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_any_thread_is_the_callers(threads: int) -> None:
    together = threading.Barrier(threads)

    def fail(space: Workspace) -> None:
        together.wait(30)
        if threading.current_thread().name.startswith("convolve") or threads == 1:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"), Hands(lambda: threads) as hands:
        hands.share([fail] * threads)

    assert not any(thread.name.startswith("convolve") for thread in threading.enumerate())
