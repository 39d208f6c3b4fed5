"""What ``analyze --json --summary -`` prints: an object a video, then ``{"run": {…}}``.

The only place that knows how it is laid out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The run as a whole.

    :param seconds: from the first video's start to the last one's end; start-up is left out.
    :param stages: by name: ``seconds``, ``starved_seconds``, ``blocked_seconds``, ``count``.
    :param occupancy: the model's busy share of the time between its first batch's start and its
        last one's end; None if it never worked.
    :param windows_a_batch: None likewise.
    :param peak_bytes: of each budget, by name.
    """

    seconds: float
    stages: dict[str, dict[str, float]]
    occupancy: float | None
    windows_a_batch: float | None
    peak_bytes: dict[str, int]


def read_printed(text: str) -> tuple[list[dict[str, Any]], RunSummary]:
    """The videos' objects and the run's.

    :raises ValueError: there is no run object, or no video began.
    """
    objects = [json.loads(line) for line in text.splitlines()]
    videos = [found for found in objects if "run" not in found]
    runs = [found["run"] for found in objects if "run" in found]
    if not runs or runs[0]["seconds"] is None:
        raise ValueError("analyze says nothing of its run")
    return videos, _summary(runs[0])


def _summary(run: dict[str, Any]) -> RunSummary:
    model = run["model"]
    return RunSummary(
        seconds=run["seconds"],
        stages=run["stages"],
        occupancy=model["occupancy"],
        windows_a_batch=model["windows"] / model["batches"] if model["batches"] else None,
        peak_bytes={name: budget["peak_bytes"] for name, budget in run["budgets"].items()},
    )
