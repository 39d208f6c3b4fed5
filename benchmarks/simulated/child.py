"""The process of one simulated run: ``python -m benchmarks.simulated.child FILE`` prints what it found.

The product's own ``open_services`` and ``analyze_all`` run here, over stand-ins for decoder, model
and encoder; database and S3 are those of the environment.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import numpy as np

from benchmarks.simulated.causes import engine_shares, model_shares
from benchmarks.simulated.decoder import SimulatedDecoder
from benchmarks.simulated.detector import SimulatedDetector
from benchmarks.simulated.encoder import SimulatedEncoder
from benchmarks.simulated.engines import Engines
from benchmarks.simulated.plan import Found, Plan
from benchmarks.simulated.record import RunRecord, noted
from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.pipeline.backend import Backend
from gpu_service.pipeline.batch import analyze_all
from gpu_service.pipeline.deal import Deal
from gpu_service.pipeline.services import open_services
from gpu_service.settings import Settings, load_settings
from gpu_service.trace import Listener, Trace

_PICTURE = np.zeros((1080, 1920, 3), np.uint8)


@dataclasses.dataclass(frozen=True, slots=True)
class EngineWork:
    """What the engines did.

    :param shares: see :class:`~benchmarks.simulated.plan.Found`.
    :param seconds: from their first work to their last, with the dilation.
    :param frames: that they decoded.
    """

    shares: dict[str, float]
    seconds: float
    frames: int


@dataclasses.dataclass(frozen=True, slots=True)
class ModelWork:
    """What the model did.

    :param shares: see :class:`~benchmarks.simulated.plan.Found`.
    """

    shares: dict[str, float]
    windows: int
    batches: int


class Simulation:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._record = RunRecord()
        self._engines = Engines(plan.engines)
        self._results: list[VideoResult] = []
        self._detector = SimulatedDetector(
            window_seconds=plan.dilation / plan.windows_per_second,
            batch_seconds=plan.dilation * plan.batch_overhead_seconds,
            batch_windows=plan.batch_windows,
            cut_frames=plan.cut_frames,
        )

    @property
    def jobs(self) -> list[VideoJob]:
        """The videos."""
        return [
            VideoJob(SourceRef.parse(source), number, f"simulated-{number}")
            for number, source in enumerate(self._plan.sources, 1)
        ]

    @property
    def backend(self) -> Backend:
        """The stand-ins."""
        encoder = SimulatedEncoder(jpeg_seconds=self._plan.dilation / self._plan.jpegs_per_second)
        return Backend(self._open_video, self._detector, encoder)

    async def run(self, settings: Settings) -> Found:
        """Analyze every video.

        :raises GpuServiceError: what is wrong with database or S3.
        """
        jobs = self.jobs
        async with open_services(
            settings,
            local=False,
            sources=[job.source for job in jobs],
            trace=Trace(self._record),
            backend=self.backend,
        ) as services:
            machine, process, start = machine_seconds(), time.process_time(), time.perf_counter()
            await analyze_all(services, Deal(jobs), listen=self._listen, done=self._done)
            seconds = time.perf_counter() - start
            cpu = time.process_time() - process
            cores = (machine_seconds() - machine) / seconds
        return self._found(seconds, cpu, cores)

    def _open_video(
        self, file: io.RawIOBase, name: str, *, packets: ByteBudget, trace: Trace
    ) -> VideoDecoder:
        return SimulatedDecoder(
            file,
            name,
            packets=packets,
            engines=self._engines,
            frame_seconds=self._plan.dilation / self._plan.frames_per_second,
            picture=_PICTURE,
            record=self._record.videos[name],
        )

    @contextmanager
    def _listen(self, job: VideoJob) -> Iterator[Listener]:
        with noted(self._record.videos[str(job.source)].life):
            yield lambda event: None

    def _done(self, job: VideoJob, result: VideoResult) -> None:
        self._results.append(result)

    def _found(self, seconds: float, cpu: float, cores: float) -> Found:
        work, model = self._engine_work(seconds), self._model_work()
        return Found(
            work.shares,
            model.shares,
            seconds / self._plan.dilation,
            work.seconds / self._plan.dilation,
            frames=sum(result.frames for result in self._results),
            decoded_frames=work.frames,
            windows=model.windows,
            batches=model.batches,
            events=sum(len(result.events) for result in self._results),
            bytes_read=sum(result.bytes_read for result in self._results),
            host_cpu_seconds=cpu,
            machine_cores=cores,
            statuses=dict(Counter(map(_ended, self._results))),
        )

    def _model_work(self) -> ModelWork:
        booked = self._detector.engine.booked
        shares = model_shares(booked, self._record.model_starved)
        return ModelWork(shares, self._detector.windows, len(booked))

    def _engine_work(self, seconds: float) -> EngineWork:
        """:param seconds: of the whole run."""
        booked = self._engines.booked
        worked = sum(end - start for start, end in booked) / self._plan.dilation
        return EngineWork(
            engine_shares(booked, self._plan.engines, self._record.videos.values()),
            max(end for _, end in booked) - min(start for start, _ in booked),
            round(worked * self._plan.frames_per_second),
        )


def _ended(result: VideoResult) -> str:
    return str(result.status) if result.reason is None else f"{result.status}: {result.reason}"


def machine_seconds() -> float:
    """CPU seconds that all processes of this machine have used."""
    # user, nice, system; the line's first column is its name.
    ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run the plan of the file that the command line names."""
    plan = Plan.from_json(Path(sys.argv[1]).read_text())
    found = anyio.run(functools.partial(Simulation(plan).run, load_settings()))
    sys.stdout.write(json.dumps(dataclasses.asdict(found)) + "\n")


if __name__ == "__main__":
    main()
