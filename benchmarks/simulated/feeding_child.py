"""The process that feeds: ``python -m benchmarks.simulated.feeding_child PLAN``, on the stand-in
driver; prints what came of each attempt."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.gpu.decoding import frames_a_second
from benchmarks.simulated.driver import set_engines
from benchmarks.simulated.feeding import Feeding
from benchmarks.simulated.launches import kernels_as_launches
from benchmarks.simulated.media import clip_frames
from gpu_service.decode.nvdec import chunks


def feed(video: Path, feeding: Feeding) -> dict[str, float]:
    """Scan for some seconds; frames a second, and CPU time a frame."""
    set_engines(feeding.engines, feeding.frames_per_second)
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
            clip_frames(1),
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
    with kernels_as_launches():
        found = [feed(Path(plan["video"]), Feeding(**one)) for one in plan["feedings"]]
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
