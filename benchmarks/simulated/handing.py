"""What it takes to wake another thread: ``python -m benchmarks.simulated.handing [--one-core]``.

Two threads hand a lock to and fro, as scans do with their turn; prints the seconds of one handing.
"""

from __future__ import annotations

import sys
import threading
import time

from benchmarks.gpu.decoding import hold_to_one_core
from benchmarks.simulated.feeding import ONE_CORE

_ROUNDS = 20_000


def handing_seconds(rounds: int = _ROUNDS) -> float:
    """The mean of so many rounds of two handings."""
    there, back = threading.Lock(), threading.Lock()
    there.acquire()
    back.acquire()

    def answer() -> None:
        for _ in range(rounds):
            there.acquire()
            back.release()

    other = threading.Thread(target=answer)
    other.start()
    begin = time.perf_counter()
    for _ in range(rounds):
        there.release()
        back.acquire()
    taken = time.perf_counter() - begin
    other.join()
    return taken / rounds / 2


if __name__ == "__main__":
    if ONE_CORE in sys.argv[1:]:
        hold_to_one_core()
    sys.stdout.write(f"{handing_seconds()}\n")
