"""Decoding with the downscale to 48×27, against PyAV that decodes the same file and does no more.

Both read through the same unbuffered Python file, both decode the stream that the service takes,
with as many threads; bare decoding is ``for frame in container.decode(stream): pass`` with
``thread_type = "AUTO"``. Ours is the whole scan of the service: packets indexed and kept, frames
stamped, scaled, and put into chunks. Opening is in neither.

Rounds alternate, every second one in reverse; the figure is the median of each round's ratio. The
ratio of the processor's time is given beside it: on two cores that both have enough to do it is
what remains, and it does not depend on what else the machine is at.

``python -m benchmarks.decode_speed [--media DIR]``
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av

from benchmarks.figures import WrongResultsError, alternated, ratios
from benchmarks.media import chosen_folder, video_files
from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import open_video
from gpu_service.decode.opening import video_stream
from gpu_service.settings import PipelineSettings

_REPEATS = 5
_LEAST_SECONDS = 0.4
"""A shorter file is decoded several times in a row."""

_READ_BYTES = 64 * 1024
"""Of one read, as the service opens a file."""
_LARGE_PIXELS = 700_000
"""From here on a picture counts as large: 1280×544, 1280×720."""


@dataclass(frozen=True, slots=True)
class Pass:
    """:param seconds: from the first packet to the last frame. :param cpu_seconds: of all threads."""

    frames: int
    seconds: float
    cpu_seconds: float

    @property
    def frames_a_second(self) -> float:
        return self.frames / self.seconds


@dataclass(frozen=True, slots=True)
class Speed:
    """One file; a pass of each kind a round."""

    name: str
    frames: int
    width: int
    height: int
    ours: tuple[Pass, ...]
    bare: tuple[Pass, ...]

    @property
    def wall_ratios(self) -> tuple[float, ...]:
        """Ours to bare, in frames a second."""
        return ratios(
            [p.frames_a_second for p in self.ours], [p.frames_a_second for p in self.bare]
        )

    @property
    def cpu_ratio(self) -> float:
        """Bare's processor time to ours; the median."""
        return statistics.median(
            ratios([p.cpu_seconds for p in self.bare], [p.cpu_seconds for p in self.ours])
        )

    @property
    def is_large(self) -> bool:
        return self.width * self.height >= _LARGE_PIXELS

    def row(self) -> str:
        """One line of the table."""
        low, high = min(self.wall_ratios), max(self.wall_ratios)
        ours = statistics.median(p.frames_a_second for p in self.ours)
        bare = statistics.median(p.frames_a_second for p in self.bare)
        return (
            f"{self.name:26} {self.width:5}×{self.height:<4} {ours:8.0f} {bare:8.0f}"
            f" {statistics.median(self.wall_ratios):7.2f}  {low:.2f}–{high:.2f} {self.cpu_ratio:7.2f}"
        )


def measure(path: Path, repeats: int = _REPEATS) -> Speed:
    """Decode one file both ways, in turns.

    :raises WrongResultsError: the two do not find the same number of frames.
    """
    with av.open(str(path), mode="r") as container:
        context = video_stream(container, path.name).codec_context
        width, height = context.width, context.height
    first = bare(path)
    times = max(1, round(_LEAST_SECONDS / first.seconds))
    ways: dict[str, Callable[[], Pass]] = {
        "ours": partial(_several, ours, path, times),
        "bare": partial(_several, bare, path, times),
    }
    passes = alternated(repeats, ways)
    if {p.frames for p in passes["ours"]} != {p.frames for p in passes["bare"]}:
        raise WrongResultsError(f"{path.name}: not as many frames as bare decoding finds")
    return Speed(
        path.name, first.frames, width, height, tuple(passes["ours"]), tuple(passes["bare"])
    )


def bare(path: Path) -> Pass:
    """PyAV, and nothing done with the frames."""
    with (
        path.open("rb", buffering=0) as file,
        av.open(file, mode="r", buffer_size=_READ_BYTES) as container,
    ):
        stream = video_stream(container, path.name)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 0
        start, cpu = time.perf_counter(), time.process_time()
        frames = sum(1 for _ in container.decode(stream))
        return Pass(frames, time.perf_counter() - start, time.process_time() - cpu)


def ours(path: Path) -> Pass:
    """The service's scan."""
    packets = ByteBudget("packets", PipelineSettings().packets_budget_bytes)
    with path.open("rb", buffering=0) as file:
        decoder = open_video(file, path.name, threads=0, packets=packets)
        try:
            start, cpu = time.perf_counter(), time.process_time()
            frames = sum(len(chunk) for chunk in decoder.scan())
            return Pass(frames, time.perf_counter() - start, time.process_time() - cpu)
        finally:
            decoder.close()


def _several(way: Callable[[Path], Pass], path: Path, times: int) -> Pass:
    passes = [way(path) for _ in range(times)]
    return Pass(
        sum(p.frames for p in passes),
        sum(p.seconds for p in passes),
        sum(p.cpu_seconds for p in passes),
    )


def overall(speeds: list[Speed]) -> float:
    """All files one after another: the median round's ratio of the time that they take."""
    rounds = zip(*(zip(s.ours, s.bare, strict=True) for s in speeds), strict=True)
    found = [
        sum(1 / bare.frames_a_second for _, bare in files)
        / sum(1 / ours.frames_a_second for ours, _ in files)
        for files in rounds
    ]
    return float(statistics.median(found))


def main() -> int:
    """Measure every video of the folder."""
    folder = chosen_folder(__doc__)
    print(
        f"{'video':26} {'size':>10} {'ours':>8} {'bare':>8} {'ratio':>7}  {'spread':9} {'CPU':>7}"
    )
    speeds: list[Speed] = []
    for path in video_files(folder):
        if path.parent != folder:
            # Ten of one kind would outweigh the rest.
            continue
        speeds.append(measure(path))
        print(speeds[-1].row(), flush=True)
    large = [speed for speed in speeds if speed.is_large]
    print(
        f"overall, one frame of each: {overall(speeds):.2f}; of the large ones: {overall(large):.2f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
