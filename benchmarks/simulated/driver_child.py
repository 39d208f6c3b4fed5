"""The process of one simulated run on the stand-in driver: ``python -m
benchmarks.simulated.driver_child [--one-core] FILE``.

As :mod:`benchmarks.simulated.child`, but decoding is the product's own NVDEC path, except for its
kernels, and the pipeline may be in several processes.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio

from benchmarks.gpu.decoding import hold_to_one_core
from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.child import EngineWork, ModelWork, machine_seconds
from benchmarks.simulated.driven import DrivenSimulation
from benchmarks.simulated.driver import STEADY, PictureCount, set_engines
from benchmarks.simulated.driver_member import MEMBER, cpu_seconds, forget_cpu_seconds
from benchmarks.simulated.feeding import ONE_CORE
from benchmarks.simulated.launches import kernels_as_launches
from benchmarks.simulated.plan import Found, Plan
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.accelerator import STAGE
from gpu_service.processes.member import Hearing
from gpu_service.processes.run import analyze_in_processes
from gpu_service.run_summary import RunRecord
from gpu_service.settings import Settings, load_settings
from gpu_service.trace import Listener


class CountedSimulation(DrivenSimulation):
    """In this process alone; its pictures are counted."""

    def __init__(self, plan: Plan, pictures: PictureCount) -> None:
        super().__init__(plan)
        self._pictures = pictures

    def _engine_work(self, seconds: float) -> EngineWork:
        plan, pictures = self._plan, self._pictures
        shares = {
            BUSY: pictures.total / plan.decode_rate / seconds,
            STEADY: pictures.middle_rate / plan.decode_rate,
        }
        return EngineWork(shares, seconds, pictures.total)


class SpreadSimulation(CountedSimulation):
    """In several processes.

    :param file: of the plan.
    """

    def __init__(self, plan: Plan, pictures: PictureCount, file: Path) -> None:
        super().__init__(plan, pictures)
        self._file = file
        self._run = RunRecord(STAGE)

    async def run(self, settings: Settings) -> Found:
        """See :class:`~benchmarks.simulated.child.Simulation`."""
        self._run.asked = len(self.jobs)
        forget_cpu_seconds(self._file)
        hearing = Hearing(self._run, None, self._listen, self._done, _say)
        machine, own, start = machine_seconds(), time.process_time(), time.perf_counter()
        await analyze_in_processes(
            settings,
            self.jobs,
            processes=self._plan.processes,
            local=False,
            hearing=hearing,
            program=(*MEMBER, str(self._file)),
        )
        cores = (machine_seconds() - machine) / (time.perf_counter() - start)
        seconds = self._run.summary().seconds or 0.0
        cpu = cpu_seconds(self._file) + time.process_time() - own
        return self._found(seconds, cpu, cores)

    @contextmanager
    def _listen(self, job: VideoJob) -> Iterator[Listener]:
        self._run.begin()
        with super()._listen(job) as listener:
            yield listener

    def _done(self, job: VideoJob, result: VideoResult) -> None:
        super()._done(job, result)
        self._run.done(result)

    def _model_work(self) -> ModelWork:
        found = self._run.summary().occupancy
        return ModelWork({BUSY: found.share or 0.0}, found.count("windows"), found.pieces)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main() -> None:
    """Run the plan of the file that the command line names."""
    *options, file = sys.argv[1:]
    if ONE_CORE in options:
        hold_to_one_core()
    plan = Plan.from_json(Path(file).read_text())
    set_engines(plan.engines, plan.frames_per_second)
    with kernels_as_launches(), PictureCount() as pictures:
        if plan.processes > 1:
            simulation: CountedSimulation = SpreadSimulation(plan, pictures, Path(file))
        else:
            simulation = CountedSimulation(plan, pictures)
        found = anyio.run(functools.partial(simulation.run, load_settings()))
    sys.stdout.write(json.dumps(dataclasses.asdict(found)) + "\n")


if __name__ == "__main__":
    main()
