"""A bound on bytes that several videos share, and the most that it ever held."""

from __future__ import annotations

import threading
from typing import Protocol


class Holder(Protocol):
    """One of those who share a budget, able to give back what others need more."""

    @property
    def held_bytes(self) -> int:
        """What it has charged."""
        ...

    def give_way(self, share_bytes: int) -> bool:
        """Release something, if more than ``share_bytes`` is held; False where nothing was.

        From any thread; never waits for another holder.
        """
        ...


class ByteBudget:
    """Counts bytes against a limit; from any thread.

    It never waits by itself. Whoever makes something large asks :meth:`has_room` first; whoever
    turns one thing into another charges the new and releases the old, so that what flows on is
    never held up by the budget that it is about to free.

    :param limit_bytes: at least 1.
    """

    def __init__(self, name: str, limit_bytes: int) -> None:
        if limit_bytes < 1:
            raise ValueError(f"a budget needs a positive limit, got {limit_bytes}")
        self.name = name
        self.limit_bytes = limit_bytes
        self._used = 0
        self._peak = 0
        self._lock = threading.Lock()
        self._holders: set[Holder] = set()

    @property
    def used_bytes(self) -> int:
        """Charged and not yet released."""
        return self._used

    @property
    def peak_bytes(self) -> int:
        """The most that was ever charged at once."""
        return self._peak

    def has_room(self, size_bytes: int) -> bool:
        """Whether that much more fits; always, while nothing is charged."""
        return self._used == 0 or self._used + size_bytes <= self.limit_bytes

    def try_charge(self, size_bytes: int) -> bool:
        """Charge if there is room."""
        with self._lock:
            if not self.has_room(size_bytes):
                return False
            self._add(size_bytes)
            return True

    def charge(self, size_bytes: int) -> None:
        """Charge in any case; for what replaces something that is about to be released."""
        with self._lock:
            self._add(size_bytes)

    def join(self, holder: Holder) -> None:
        """From now on the limit is divided by one more."""
        with self._lock:
            self._holders.add(holder)

    def leave(self, holder: Holder) -> None:
        """Undo :meth:`join`, if that was called."""
        with self._lock:
            self._holders.discard(holder)

    def try_charge_share(self, holder: Holder, size_bytes: int) -> bool:
        """Charge for one that has joined, if there is room or others give way.

        They do while ``holder`` is within its share, the limit divided by the holders: those that
        are above it, the largest first.
        """
        while not self.try_charge(size_bytes):
            with self._lock:
                holders = tuple(self._holders)
            share = self.limit_bytes // max(1, len(holders))
            if holder.held_bytes + size_bytes > share:
                return False
            # Outside the lock, for whoever gives way comes back here to release.
            others = [other for other in holders if other is not holder]
            others.sort(key=lambda other: other.held_bytes, reverse=True)
            if not any(other.give_way(share) for other in others):
                return False
        return True

    def release(self, size_bytes: int) -> None:
        """Give back what was charged.

        :raises ValueError: more than is charged.
        """
        with self._lock:
            if size_bytes > self._used:
                raise ValueError(f"{self.name}: releasing {size_bytes} of {self._used} bytes")
            self._used -= size_bytes

    def _add(self, size_bytes: int) -> None:
        self._used += size_bytes
        self._peak = max(self._peak, self._used)
