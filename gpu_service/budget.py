"""A bound on bytes that several videos share, and the most that it ever held."""

from __future__ import annotations

import threading


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
