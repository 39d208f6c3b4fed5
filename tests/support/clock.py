"""A clock on which nobody waits: what would have been slept is noted."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import anyio
import pytest
from anyio.lowlevel import checkpoint


@dataclass
class Clock:
    """The waits so far, and between which bounds chance drew."""

    waits: list[float] = field(default_factory=list)
    drawn: list[tuple[float, float]] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await checkpoint()

    def uniform(self, low: float, high: float) -> float:
        """As ``random.uniform``, without chance: a quarter of the way up."""
        self.drawn.append((low, high))
        return low + (high - low) / 4


def patched_clock(monkeypatch: pytest.MonkeyPatch, *, chance: bool = False) -> Clock:
    """Nobody sleeps for the rest of the test.

    :param chance: leave chance to itself.
    """
    clock = Clock()
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    monkeypatch.setattr(anyio, "sleep", clock.sleep)
    if not chance:
        monkeypatch.setattr(random, "uniform", clock.uniform)
    return clock
