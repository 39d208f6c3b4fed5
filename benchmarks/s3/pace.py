"""A cap on bytes a second that every connection shares."""

from __future__ import annotations

import threading
import time

_LARGEST_PIECE_BYTES = 256 * 1024
_SMALLEST_PIECE_BYTES = 16 * 1024
_PIECE_SECONDS = 0.004


class Clock:
    """The time that passes; tests have another."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Pace:
    """Hands out bytes at a steady rate; threads wait their turn in the order in which they ask.

    :param bytes_per_second: of all together; None for no cap.
    """

    def __init__(self, bytes_per_second: float | None, clock: Clock) -> None:
        self._rate = bytes_per_second
        self._clock = clock
        self._free_at = 0.0
        self._lock = threading.Lock()

    @property
    def piece_bytes(self) -> int:
        """How much to send at once: small enough to be fair, large enough to cost little."""
        if self._rate is None:
            return _LARGEST_PIECE_BYTES
        fitting = int(self._rate * _PIECE_SECONDS)
        return max(_SMALLEST_PIECE_BYTES, min(_LARGEST_PIECE_BYTES, fitting))

    def take(self, size_bytes: int) -> None:
        """Wait until that much more may have passed."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock.now()
            self._free_at = max(now, self._free_at) + size_bytes / self._rate
            wait = self._free_at - now
        self._clock.sleep(wait)
