"""The list of cases; each is a module of :mod:`benchmarks.cases` with a function ``run``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from benchmarks.context import Context
from benchmarks.figures import Outcome


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure.

    :param needs: the figure that is asked for, in words.
    :param minutes: about how long it takes on 2 cores, each repetition.
    :param repeats: how often by default.
    :param arguments: for the module's ``run``, behind the context.
    :param gpu: it needs one.
    """

    name: str
    measures: str
    needs: str
    minutes: float
    module: str
    repeats: int = 3
    arguments: tuple[str, ...] = ()
    gpu: bool = False

    def run(self, context: Context) -> Outcome:
        """Verify and measure.

        :raises WrongResultsError: results are not what they must be; there is no time then.
        :raises NotToBeHadError: it can't be measured here.
        """
        function = import_module(f"benchmarks.cases.{self.module}").run
        return cast("Callable[..., Outcome]", function)(context, *self.arguments)


CASES: tuple[Case, ...] = (
    Case(
        "batch",
        "all shared videos in one command, against the naive design",
        "≥ 3× faster (aim 6×), same events",
        5,
        "against_naive",
        arguments=("batch", "3"),
    ),
    Case(
        "fixed-camera",
        "the three fixed-camera videos, against the naive design",
        "≥ 8× faster, same events",
        1.5,
        "against_naive",
        arguments=("fixed-camera", "8"),
    ),
    Case(
        "transnet-test",
        "transnet_test.mp4 alone (a cut every two seconds), against the naive design",
        "≥ 2× faster, same events",
        2.5,
        "against_naive",
        arguments=("transnet-test", "2"),
    ),
    Case(
        "rivals",
        "testvideo.mp4 and transnet_test.mp4: every rival, and what its boundaries are worth",
        "–",
        5,
        "rivals",
    ),
    Case(
        "decode",
        "decode and downscale to 48×27, against bare PyAV decoding of the same file",
        "≥ 0.85 of its frames/s",
        0.5,
        "decode",
        repeats=5,
    ),
    Case(
        "fast-mode",
        "the model's fast mode against its reference mode: the same boundaries, for how much less; "
        "shared and composed videos",
        "F1 ≥ 0.99 (±2 frames) in every group",
        15,
        "fast_mode",
        repeats=1,
    ),
    Case(
        "busy",
        "the model between its first and its last window, 8 videos at once, in both modes, and "
        "what it waited for; Gantt pictures",
        "≥ 95 % busy in the default mode",
        2.5,
        "busy",
    ),
    Case(
        "bytes",
        "bytes read of an object against its size; index at the start, at the end, larger than "
        "the caches",
        "≤ 1.02",
        3,
        "bytes_read",
        repeats=1,
    ),
    Case(
        "first-event",
        "how much of a 3-minute video has been read through a 2 MB/s S3 when its first event is "
        "committed",
        "< 25 % of the bytes",
        1,
        "first_event",
    ),
    Case(
        "length",
        "memory and cost per frame of 1, 5, 10 and 60 minutes of 720p",
        "memory +5 % at most from 5 to 60 minutes and < 1.5 GB; cost per frame within 10 %",
        25,
        "length",
        repeats=1,
    ),
    Case(
        "at-once",
        "the same 16 videos, 1 to 16 at once: frames/s and the model's share of busy time",
        "–",
        6,
        "at_once",
    ),
    Case(
        "published",
        "the whole service over all shared videos: each stored thumbnail against ffmpeg's frame",
        "100 % the same to the byte; verify: sound",
        2,
        "published",
        repeats=1,
    ),
    Case(
        "rows",
        "10,000 events committed on the embedded PostgreSQL",
        "≤ 2 s",
        0.1,
        "rows",
        repeats=5,
    ),
    Case(
        "stages",
        "each stage alone: source, demux, decode, model, seek, JPEG, upload, rows",
        "–",
        1,
        "stages",
    ),
    Case(
        "simulated",
        "the scheduler over simulated T4, L4, A10G, L40S, A100 and H100, 1 to 64 videos at once, S3 "
        "at 5 to 80 ms: idle time by cause, and the least settings that keep each busy",
        "≥ 95 % of what each device runs out of first",
        70,
        "simulated",
        repeats=1,
    ),
    Case(
        "nvdec-host",
        "how much of the NVDEC engines of T4, L4 and H100 one process feeds: the scans on the stand-in "
        "driver, whose pictures take their time",
        "≥ 95 % (aim)",
        1,
        "nvdec_host",
    ),
    Case(
        "nvdec-pipeline",
        "the whole pipeline over 16 videos at once on NVDEC's path, on the same driver, in one process "
        "and in two; and a batch of 128 in two",
        "≥ 95 % (aim)",
        11,
        "nvdec_pipeline",
    ),
    Case(
        "s3",
        "the benchmark's own S3: what the proxy passes on, so that it is not what is measured",
        "≥ 2× the cap of 90 MB/s",
        0.2,
        "s3",
    ),
    Case(
        "gpu-decode",
        "NVDEC with the downscale to 48×27: H.264, HEVC and AV1 at 720p, 1080p and 4K; one clip, two, as "
        "many as engines, twice as many",
        "–",
        5,
        "gpu_decode",
        gpu=True,
    ),
    Case(
        "gpu-kernels",
        "each kernel's GB/s beside a copy of as many bytes",
        "≥ 0.8 of the copy for those that read surfaces",
        0.5,
        "gpu_kernels",
        repeats=5,
        gpu=True,
    ),
    Case(
        "gpu-jpeg",
        "nvJPEG at 720p, 1080p and 4K beside the CPU's encoder, JPEGs/s",
        "–",
        0.2,
        "gpu_jpeg",
        repeats=5,
        gpu=True,
    ),
    Case(
        "gpu-model",
        "the event model by batch size in both modes, frames/s; with and without CUDA graphs; the share "
        "of each of its kernels",
        "–",
        0.5,
        "gpu_model",
        gpu=True,
    ),
    Case(
        "gpu-batch",
        "the whole service, 8, 16 and 32 at once, on 24 minutes of 720p for each NVDEC engine: "
        "frames/s, video-hours a day, NVDEC and SM busy, idle time of NVDEC and model by cause",
        "NVDEC ≥ 95 % busy",
        5,
        "gpu_batch",
        gpu=True,
    ),
)
