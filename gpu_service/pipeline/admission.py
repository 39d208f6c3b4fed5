"""Waiting for room in a budget of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from gpu_service.budget import ByteBudget


class Admission:
    """The door to a budget: what would exceed it waits outside, first come, first served.

    For the event loop's thread alone.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self.budget = budget
        self._queue: deque[anyio.Event] = deque()

    @contextmanager
    def account(self) -> Iterator[Account]:
        """What one video holds; whatever is left at the end of the block is given back."""
        account = Account(self)
        try:
            yield account
        finally:
            account.close()

    async def enter(self, size_bytes: int) -> None:
        """Charge, as soon as there is room."""
        if not self._queue and self.budget.try_charge(size_bytes):
            return
        turn = anyio.Event()
        self._queue.append(turn)
        try:
            while self._queue[0] is not turn or not self.budget.try_charge(size_bytes):
                await turn.wait()
                again = anyio.Event()
                self._queue[self._queue.index(turn)] = again
                turn = again
        finally:
            self._queue.remove(turn)
            self.call_next()

    def call_next(self) -> None:
        """There may be room for whoever is first."""
        if self._queue:
            self._queue[0].set()


class Account:
    """One video's share of a budget.

    What comes in from outside waits for room (:meth:`enter`). What is already inside and turns into
    something else charges that at once (:meth:`charge`) and gives back what it was made of, so that
    it can always go on and out: nothing inside ever waits for room that only it could make.
    """

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._held = 0
        self._closed = False

    async def enter(self, size_bytes: int) -> None:
        """Charge, as soon as there is room."""
        await self._admission.enter(size_bytes)
        self._held += size_bytes

    def charge(self, size_bytes: int) -> None:
        """Charge at once."""
        if not self._closed:
            self._admission.budget.charge(size_bytes)
            self._held += size_bytes

    def leave(self, size_bytes: int) -> None:
        """Give back; nothing happens once the account is closed, which gave back everything."""
        if not self._closed:
            self._held -= size_bytes
            self._admission.budget.release(size_bytes)
            self._admission.call_next()

    def close(self) -> None:
        """Give back everything."""
        self.leave(self._held)
        self._closed = True
