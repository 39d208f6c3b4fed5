"""How much of NVDEC's engines one process can feed: the product's own scan on the stand-in driver,
whose pictures take the time of a real one's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.place import Place
from benchmarks.simulated.driver import SHARED, driver_environment
from benchmarks.simulated.measure import run_plan
from benchmarks.simulated.plan import Found, Plan

ONE_CORE = "--one-core"

STAND_IN = (
    "no GPU ran: the product's NVDEC scan on the stand-in driver, whose pictures take as long as in "
    "the table of simulated devices, and whose own calls cost next to nothing"
)


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

    :param video: :func:`~benchmarks.simulated.media.small_video`, once.
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


def run_on_driver(
    place: Place, plan: Plan, *, frames: int | Sequence[int], one_core: bool = False
) -> Found:
    """The whole pipeline over such videos, which the plan names.

    :param frames: of each video, if they are not all alike.
    :param one_core: for all of its processes.
    :raises NotToBeHadError: as :func:`fed`.
    :raises WrongResultsError: as :func:`~benchmarks.simulated.measure.run_plan`.
    """
    program = ["-m", "benchmarks.simulated.driver_child", *([ONE_CORE] if one_core else [])]
    shared = place.scratch / "engines"
    shared.unlink(missing_ok=True)
    more = driver_environment(place) | {SHARED: str(shared)}
    return run_plan(place, plan, name="driver", frames=frames, program=program, more=more)
