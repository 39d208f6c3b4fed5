from __future__ import annotations

from benchmarks.simulated.handing import handing_seconds


def test_the_lock_comes_back_every_time() -> None:
    assert 0 < handing_seconds(50) < 1
