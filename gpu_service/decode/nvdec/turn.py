"""Whose turn it is to feed NVDEC: one scan of the process at a time."""

from __future__ import annotations

import threading


class Turn:
    """A lock that a scan holds while it works, and leaves while it waits for bytes or for NVDEC.

    A scan lets go of the interpreter's lock several times a packet, for a microsecond mostly. Were
    other scans waiting for that lock, each time would wake one of them in vain, which costs more
    than the work itself; here they wait for a turn instead. What else takes long belongs outside:
    a scan makes its decoder before its first turn.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        self._lock.acquire()
        self._holder = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._holder = None
        self._lock.release()

    def released(self) -> _Released:
        """While this is entered it is another thread's turn; of a thread that has none, nothing."""
        return _Released(self)

    def is_held(self) -> bool:
        """Whether it is this thread's."""
        return self._holder == threading.get_ident()


class _Released:
    __slots__ = ("_turn", "_was_held")

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._was_held = False

    def __enter__(self) -> None:
        self._was_held = self._turn.is_held()
        if self._was_held:
            self._turn.__exit__()

    def __exit__(self, *_: object) -> None:
        if self._was_held:
            self._turn.__enter__()


TURN = Turn()
"""The process's, as its interpreter's lock is."""

_ENGINES_A_PROCESS_FEEDS = 3
"""Of those of an H200, whose seven one interpreter fed by 47 % (benchmarks/RESULTS.md)."""


def processes_to_feed(engines: int) -> int:
    """How many interpreters it takes to feed so many engines: an estimate."""
    return max(1, -(-engines // _ENGINES_A_PROCESS_FEEDS))
