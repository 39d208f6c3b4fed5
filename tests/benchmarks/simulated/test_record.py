from __future__ import annotations

import io
import time

from benchmarks.simulated.record import RunRecord, TimedFile
from gpu_service.trace import Phase, Trace


class _Slow(io.RawIOBase):
    """Waits before a read at 0, none elsewhere."""

    def __init__(self) -> None:
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        if self._at == 0:
            time.sleep(0.002)
        return b"x" * size

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset
        return offset


def test_a_read_that_waits_is_noted() -> None:
    waits: list[tuple[float, float]] = []
    file = TimedFile(_Slow(), waits)
    assert file.read(3) == b"xxx"
    ((start, end),) = waits
    assert end - start >= 0.002


def test_waits_of_scans_and_of_the_model_are_told_apart() -> None:
    record = RunRecord()
    run = Trace(record)
    video = run.child("s3://b/v.mp4")
    with video.waiting("decode", Phase.BLOCKED):
        pass
    with video.waiting("encode", Phase.BLOCKED), video.waiting("rows", Phase.STARVED):
        pass
    with run.waiting("detect", Phase.STARVED):
        pass
    assert list(record.videos) == ["s3://b/v.mp4"]
    assert len(record.videos["s3://b/v.mp4"].blocked) == 1
    assert len(record.model_starved) == 1
