"""How much of NVDEC's engines one process can feed: the product's own scan on the stand-in driver,
whose pictures take the time of a real one's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.kept import made_once
from benchmarks.place import Place
from benchmarks.simulated.driver import driver_environment
from benchmarks.simulated.measure import run_plan
from benchmarks.simulated.media import repeated
from benchmarks.simulated.plan import Found, Plan
from tests.support.ffmpeg import ffmpeg

FRAMES = 600
"""Of :func:`carrier`, once."""

FRAME_DURATION = Fraction(512)
"""Of its frames, in ticks of their time base, 1/15360 s."""

ONE_CORE = "--one-core"

STAND_IN = (
    "no GPU ran: the product's NVDEC scan on the stand-in driver, whose pictures take as long as in "
    "the table of simulated devices, and whose own calls cost next to nothing"
)

_BITS_PER_SECOND = "5000k"
"""As 1080p has. The pictures themselves are small: the stand-in's surfaces are copied by the CPU."""


@dataclass(frozen=True, slots=True)
class Feeding:
    """One thing to try.

    :param frames_per_second: of one engine.
    :param at_once: videos.
    :param in_turns: False: all scans work in Python at once.
    :param one_core: for the scans' threads.
    """

    engines: int
    frames_per_second: float
    at_once: int
    in_turns: bool = True
    one_core: bool = False


@dataclass(frozen=True, slots=True)
class Fed:
    """What came of it.

    :param frames_per_second: of all engines.
    :param cpu_seconds: of the process, a frame.
    """

    feeding: Feeding
    frames_per_second: float
    cpu_seconds: float

    @property
    def busy(self) -> float:
        """Share of all engines' time, 0 to 1."""
        return self.frames_per_second / (self.feeding.engines * self.feeding.frames_per_second)


def fed(place: Place, video: Path, feedings: Sequence[Feeding]) -> list[Fed]:
    """Try one after another, in one process.

    :param video: :func:`carrier`'s.
    :raises NotToBeHadError: the stand-in driver can't be built or used here.
    :raises RuntimeError: the process failed.
    """
    environment = driver_environment(place)
    plan = {"video": str(video), "feedings": [asdict(one) for one in feedings]}
    words = ["-m", "benchmarks.simulated.feeding_child", json.dumps(plan)]
    said: list[dict[str, Any]] = json.loads(
        place.start(words, name="feeding", more=environment).wait().stdout
    )
    return [Fed(feeding, **one) for feeding, one in zip(feedings, said, strict=True)]


def piped(place: Place, plan: Plan, *, frames: int, one_core: bool = False) -> Found:
    """The whole pipeline over :func:`carrier`'s videos, which the plan names.

    :param frames: of each video.
    :param one_core: for all of the process.
    :raises NotToBeHadError: as :func:`fed`.
    :raises WrongResultsError: as :func:`~benchmarks.simulated.measure.run_plan`.
    """
    program = ["-m", "benchmarks.simulated.driver_child", *([ONE_CORE] if one_core else [])]
    more = driver_environment(place)
    return run_plan(place, plan, name="piped", frames=frames, program=program, more=more)


def carrier(folder: Path, source: Path, repeats: int = 1) -> Path:
    """20 s of a real video as 160×96 H.264 with B-frames, so many times, made once, then kept: packets
    as many and as large as a 1080p video's, pictures that cost nothing."""

    def make(unfinished: Path) -> None:
        ffmpeg(
            *("-stream_loop", "-1", "-i", str(source), "-an", "-frames:v", str(FRAMES)),
            *("-vf", "scale=160:96,setsar=1,fps=30,format=yuv420p"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60"),
            *("-b:v", _BITS_PER_SECOND, "-minrate", _BITS_PER_SECOND),
            *("-maxrate", _BITS_PER_SECOND, "-bufsize", "2500k", "-nal-hrd", "cbr"),
            str(unfinished),
        )

    clip = made_once(folder / "simulated_carrier.mp4", make)
    return clip if repeats == 1 else repeated(clip, repeats)
