"""An event model that scores a number with itself, and an accelerator that runs it."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpu_service.budget import ByteBudget
from gpu_service.detect.base import Cutter
from gpu_service.events import Scores
from gpu_service.pipeline.accelerator import Accelerator
from gpu_service.pipeline.admission import Admission
from gpu_service.pipeline.lane import Lane
from gpu_service.trace import Trace


class Waits:
    """Of a ticket, until it is over."""

    def __init__(self) -> None:
        self.is_over = False
        self.tell: Callable[[], None] = lambda: None

    def when_over(self, tell: Callable[[], None]) -> bool:
        self.tell = tell
        return self.is_over


@dataclass(frozen=True)
class Ticket:
    """A window that is only a number."""

    number: int
    kept: int = 1
    nbytes: int = 100
    waited_seconds: float = 0.0
    waits: Waits | None = None

    def when_ready(self, tell: Callable[[], None]) -> bool:
        return self.waits is None or self.waits.when_over(tell)


@dataclass
class Model:
    """Scores a ticket with its number; may be held before a batch, or fail on a number."""

    batch_windows: int = 1
    parallel: int = 1
    fails_on: int | None = None
    patience_seconds: float = 0
    """How long a batch asks whether it is alone, which the other workers find out."""
    name: str = "model"
    fingerprint: str = ""
    batches: list[list[int]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    asked: list[bool] = field(default_factory=list)
    """By batch, whether it was alone when it was let go."""
    go: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    """Set unless a test holds batches after they have asked."""
    has_asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each batch that has asked whether it is alone."""
    at_work: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each batch that begins."""

    def __post_init__(self) -> None:
        self.may_end.set()

    def start(self) -> Cutter:
        raise NotImplementedError

    def score(
        self, windows: Sequence[Any], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        self.threads.add(threading.get_ident())
        self.at_work.release()
        self.go.wait()
        end = time.monotonic() + self.patience_seconds
        while not alone() and time.monotonic() < end:
            time.sleep(0.001)
        self.asked.append(alone())
        self.has_asked.release()
        self.may_end.wait()
        self.batches.append([window.number for window in windows])
        if self.fails_on in self.batches[-1]:
            raise RuntimeError("out of memory")
        return [scores(window.number) for window in windows]


def scores(*numbers: int) -> Scores:
    values = np.array(numbers, np.float32)
    return Scores(values, values)


async def drain(lane: Lane) -> list[int]:
    return [int(value) async for result in lane.results() for value in result.single]


@asynccontextmanager
async def held(
    model: Model, budget_bytes: int = 1000, trace: Trace | None = None, **options: Any
) -> AsyncIterator[tuple[Accelerator, Admission]]:
    """An accelerator whose model stands still until ``model.go`` is set."""
    accelerator = Accelerator(model, trace or Trace(), **options)
    door = Admission(ByteBudget("frames", budget_bytes))
    async with accelerator.running():
        try:
            yield accelerator, door
        finally:
            model.go.set()
            model.may_end.set()
