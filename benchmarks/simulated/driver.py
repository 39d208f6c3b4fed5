"""The stand-in driver of the tests, with engines that take time."""

from __future__ import annotations

import ctypes
import os

from benchmarks.figures import NotToBeHadError
from benchmarks.place import Place
from tests.nvdec_driver.build import build
from tests.nvdec_driver.child import missing


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


def pictures_decoded() -> int:
    """By all engines of this process."""
    count = ctypes.CDLL("libnvcuvid.so.1").standin_pictures
    count.restype = ctypes.c_longlong
    return int(count())
