"""The process that feeds: ``python -m benchmarks.simulated.feeding_child PLAN``, on the stand-in
driver; prints what came of each attempt."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from benchmarks.gpu.decoding import frames_a_second
from benchmarks.simulated.feeding import FRAMES, Feeding
from gpu_service.decode.nvdec import chunks
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH

_KERNEL = "gpu_service_kernels.surface_to_detector.surface_to_detector"


def launched(launch_seconds: float) -> AbstractContextManager[object]:
    """In place of the kernel, what its launch costs the host: a while with Python's lock held."""

    def launch(surfaces: Tensor, **_: object) -> Tensor:
        end = time.perf_counter() + launch_seconds
        while time.perf_counter() < end:
            pass
        shape = (len(surfaces), DETECTOR_HEIGHT, DETECTOR_WIDTH, 3)
        return torch.zeros(shape, dtype=torch.uint8)

    return mock.patch(_KERNEL, launch)


def feed(video: Path, feeding: Feeding) -> dict[str, float]:
    """Scan for some seconds; frames a second, and CPU time a frame."""
    os.environ["NVDEC_STANDIN_ENGINES"] = str(feeding.engines)
    os.environ["NVDEC_STANDIN_PICTURE_US"] = str(max(1, round(1e6 / feeding.frames_per_second)))
    taken: list[tuple[float, float]] = []

    @contextmanager
    def watch() -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))

    turn = nullcontext() if feeding.in_turns else mock.patch.object(chunks, "TURN", nullcontext())
    with turn:
        rate = frames_a_second(
            video,
            FRAMES,
            device="cpu",
            at_once=feeding.at_once,
            watch=watch(),
            one_core=feeding.one_core,
        )
    ((cpu, wall),) = taken
    return {"frames_per_second": rate, "cpu_seconds": cpu / (rate * wall)}


def main() -> None:
    """Try what the plan says."""
    plan: dict[str, Any] = json.loads(sys.argv[1])
    with launched(plan["launch_seconds"]):
        found = [feed(Path(plan["video"]), Feeding(**one)) for one in plan["feedings"]]
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
