"""NVDEC with the downscale to 48×27, as many videos at once as there are engines."""

from __future__ import annotations

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.figures import WrongResultsError
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.opened_file import open_file

_LEAST_SECONDS = 3.0
"""The driver averages what it says over up to a second."""


def frames_a_second(
    path: Path,
    frames: int,
    *,
    device: str,
    at_once: int,
    watch: AbstractContextManager[object],
    one_core: bool = False,
) -> float:
    """The service's whole scan of a clip, by several threads; making decoders is not counted.

    :param frames: that it has.
    :param device: of the surfaces; see :class:`~gpu_service.decode.nvdec.decoder.NvdecDecoder`.
    :param watch: entered for the part that is timed.
    :param one_core: hold the threads to one: Python's lock lets one of them work at a time, and to wake
        another one on its own core takes a fraction of what it takes on another's.
    :raises WrongResultsError: a scan gives another number.
    :raises InputError: NVDEC does not decode it.
    """
    pool = DecoderPool(max_idle=2 * at_once)
    data = path.read_bytes()

    def scan() -> int:
        opened = open_file(io.BytesIO(data), path.name, None)  # type: ignore[arg-type]
        decoder = NvdecDecoder(opened, device=device, pool=pool)
        try:
            found = sum(len(chunk) for chunk in decoder.scan())
        finally:
            decoder.close()
        if found != frames:
            raise WrongResultsError(f"{path.name}: {found} frames, not {frames}")
        return found

    def scan_until(end: float) -> int:
        found = scan()
        while time.perf_counter() < end:
            found += scan()
        return found

    def scan_all(seconds: float) -> float:
        start = time.perf_counter()
        running = [threads.submit(scan_until, start + seconds) for _ in range(at_once)]
        found = sum(one.result() for one in running)
        return found / (time.perf_counter() - start)

    held = hold_to_one_core if one_core else None
    with ThreadPoolExecutor(at_once, initializer=held) as threads:
        scan_all(0)
        with watch:
            rate = scan_all(_LEAST_SECONDS)
    pool.close()
    return rate


def hold_to_one_core() -> None:
    """The calling thread, and those that it starts."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
