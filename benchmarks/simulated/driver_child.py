"""The process of one simulated run on the stand-in driver: ``python -m
benchmarks.simulated.driver_child [--one-core] FILE``.

As :mod:`benchmarks.simulated.child`, but decoding is the product's own NVDEC path, except for its
kernels.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import sys
from pathlib import Path

import anyio

from benchmarks.gpu.decoding import hold_to_one_core
from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.child import EngineWork, Simulation
from benchmarks.simulated.driver import pictures_decoded, set_engines
from benchmarks.simulated.feeding import ONE_CORE
from benchmarks.simulated.launches import kernels_as_launches
from benchmarks.simulated.plan import Plan
from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.opened_file import open_file
from gpu_service.settings import load_settings
from gpu_service.trace import Trace


class DrivenSimulation(Simulation):
    """Its decoders are the product's; nothing is dilated."""

    def _open_video(
        self, file: io.RawIOBase, name: str, *, packets: ByteBudget, trace: Trace
    ) -> VideoDecoder:
        return NvdecDecoder(open_file(file, name, packets), device="cpu")

    def _engine_work(self, seconds: float) -> EngineWork:
        plan, pictures = self._plan, pictures_decoded()
        busy = pictures / plan.frames_per_second / (plan.engines * seconds)
        return EngineWork({BUSY: busy}, seconds, pictures)


def main() -> None:
    """Run the plan of the file that the command line names."""
    *options, file = sys.argv[1:]
    if ONE_CORE in options:
        hold_to_one_core()
    plan = Plan.from_json(Path(file).read_text())
    set_engines(plan.engines, plan.frames_per_second)
    with kernels_as_launches():
        found = anyio.run(functools.partial(DrivenSimulation(plan).run, load_settings()))
    sys.stdout.write(json.dumps(dataclasses.asdict(found)) + "\n")


if __name__ == "__main__":
    main()
