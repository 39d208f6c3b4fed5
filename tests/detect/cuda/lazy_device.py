"""A CUDA device as lazy as one may be, on the CPU: to see that streams are ordered by events.

Copies and graph replays under ``torch.cuda.stream`` are queued, and done only once the host waits
for an event that comes after them; nothing else is done then. So whatever relies on order that no
event gives, or touches memory that work under way still needs, computes something wrong. Memory that
is freed too early is not seen: what is queued holds on to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.detect.cuda.pixels_stay import PixelsStay


class LazyStream:
    current: LazyStream | None = None
    asked: ClassVar[dict[LazyStream, list[str]] | None] = None

    def __init__(self, device: object = None) -> None:
        self.queue: deque[Callable[[], None]] = deque()

    def step(self) -> None:
        # Done by the device, and so nothing that it is asked to do.
        with torch.inference_mode(), torch._C.DisableTorchFunction():
            self.queue.popleft()()

    def synchronize(self) -> None:
        _note("synchronize", self)
        while self.queue:
            self.step()

    def wait_stream(self, other: LazyStream) -> None:
        self.queue.append(other.synchronize)


DEFAULT = LazyStream()


@contextmanager
def noted() -> Iterator[dict[LazyStream, list[str]]]:
    """What each stream is asked to do within the block, the first one first."""
    asked: dict[LazyStream, list[str]] = {}
    LazyStream.asked = asked
    try:
        yield asked
    finally:
        LazyStream.asked = None


def _note(work: str, on: LazyStream | None = None) -> None:
    if LazyStream.asked is not None:
        LazyStream.asked.setdefault(on or LazyStream.current or DEFAULT, []).append(work)


@contextmanager
def stream(wanted: LazyStream | None) -> Iterator[None]:
    before = LazyStream.current
    LazyStream.current = wanted or before
    try:
        yield
    finally:
        LazyStream.current = before


class LazyEvent:
    def __init__(self, *, blocking: bool = False) -> None:
        assert blocking, "the host should sleep"
        self.reach: Callable[[], None] = lambda: None

    def record(self) -> None:
        own = LazyStream.current or DEFAULT
        passed: list[bool] = []
        own.queue.append(lambda: passed.append(True))

        def reach() -> None:
            while not passed:
                own.step()

        self.reach = reach

    def wait(self) -> None:
        reach = self.reach
        (LazyStream.current or DEFAULT).queue.append(reach)

    def synchronize(self) -> None:
        self.reach()


class LazyGraph(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation; a replay does them again into the same memory."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.work: list[tuple[Any, ...]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.work.append((func, args, kwargs or {}, result))
        return result

    def replay(self) -> None:
        assert LazyStream.current is not None, "replayed on the default stream"
        _note("replay")
        LazyStream.current.queue.append(self._again)

    def _again(self) -> None:
        for func, args, kwargs, result in self.work:
            again = func(*args, **kwargs)
            if isinstance(result, Tensor) and again.data_ptr() != result.data_ptr():
                result.copy_(again)


@contextmanager
def capture(
    graph: LazyGraph, *, pool: object, stream: LazyStream, capture_error_mode: str
) -> Iterator[None]:
    assert capture_error_mode == "thread_local", "other threads use the device meanwhile"
    with graph:
        yield


class DeferredCopies(TorchFunctionMode):
    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is Tensor.copy_:
            _note("copy, not waited for" if (kwargs or {}).get("non_blocking") else "copy")
        if func is torch.cat and "out" in (kwargs or {}):
            _note("join")
        if func is Tensor.copy_ and LazyStream.current is not None:
            target, source = args[:2]
            LazyStream.current.queue.append(lambda: target.copy_(source))
            return target
        if func is torch.cat and LazyStream.current is not None and "out" in (kwargs or {}):
            parts, out = args[0], (kwargs or {})["out"]

            def join() -> None:
                torch.cat(parts, out=out)

            LazyStream.current.queue.append(join)
            return out
        return func(*args, **(kwargs or {}))


@contextmanager
def lazy_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """``torch.cuda`` as above, for the block; the device to name is the CPU."""
    monkeypatch.setattr(torch.cuda, "Stream", LazyStream)
    monkeypatch.setattr(torch.cuda, "Event", LazyEvent)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", LazyGraph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "stream", stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device=None: DEFAULT)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", object)
    monkeypatch.setattr(Tensor, "pin_memory", lambda self: self)
    with DeferredCopies(), PixelsStay():
        yield torch.device("cpu")
