"""The stand-in driver of the tests, with engines that take time."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from typing import Self

from benchmarks.figures import NotToBeHadError, WrongResultsError
from benchmarks.place import Place
from tests.nvdec_driver.build import build
from tests.nvdec_driver.child import missing

SHARED = "NVDEC_STANDIN_SHARED"
"""Names a file that the processes of a run have their engines in."""

STEADY = "steady"
"""Busy share between a tenth and nine tenths of a run's pictures, so without its start and end."""

_EVERY_SECONDS = 0.1


def driver_environment(place: Place) -> dict[str, str]:
    """Of a process that is to run on it; it is built on first use.

    :raises NotToBeHadError: it can't be built or used here.
    """
    if (reason := missing()) is not None:
        raise NotToBeHadError(reason)
    folder = place.scratch / "nvdec_driver"
    if not folder.exists():
        folder.mkdir()
        build(folder)
    return {"LD_LIBRARY_PATH": str(folder), "OMP_NUM_THREADS": "1"}


def set_engines(engines: int, frames_per_second: float) -> None:
    """How many there are from here on, in this process, and how fast each is."""
    os.environ["NVDEC_STANDIN_ENGINES"] = str(engines)
    os.environ["NVDEC_STANDIN_PICTURE_US"] = str(max(1, round(1e6 / frames_per_second)))


class PictureCount:
    """Counts, for the block, what the engines decode: those of this process, or those that it shares."""

    def __init__(self) -> None:
        self._ask = ctypes.CDLL("libnvcuvid.so.1").standin_pictures
        self._ask.restype = ctypes.c_longlong
        self._seen: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def total(self) -> int:
        """So far."""
        return int(self._ask())

    @property
    def middle_rate(self) -> float:
        """Pictures a second from a tenth of them to nine tenths.

        :raises WrongResultsError: that was over before it could be watched.
        """
        total = self.total
        middle = [(at, count) for at, count in self._seen if total <= 10 * count <= 9 * total]
        if len(middle) < 2:
            raise WrongResultsError(f"{total} pictures were decoded too fast to be watched")
        (begin, first), (end, last) = middle[0], middle[-1]
        return (last - first) / (end - begin)

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._seen.append((time.perf_counter(), self.total))
