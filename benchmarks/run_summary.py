"""What ``analyze --json --summary -`` says of the run: ``{"run": {…}}`` behind the videos' objects.

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
    :param occupancy: the model's busy share of the time between its first and its last batch.
    :param peak_bytes: of each budget, by name.
    """

    seconds: float | None
    stages: dict[str, dict[str, float]]
    occupancy: float | None
    peak_bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a run of ``analyze --json --summary -`` printed.

    :param summary: None where it printed none.
    """

    videos: list[dict[str, Any]]
    summary: RunSummary | None


def read_printed(text: str) -> Printed:
    """Read the lines."""
    videos: list[dict[str, Any]] = []
    summary = None
    for line in text.splitlines():
        found = json.loads(line)
        if "run" in found:
            summary = _summary(found["run"])
        else:
            videos.append(found)
    return Printed(videos, summary)


def _summary(run: dict[str, Any]) -> RunSummary:
    budgets: dict[str, dict[str, int]] = run.get("budgets", {})
    return RunSummary(
        seconds=run.get("seconds"),
        stages=run.get("stages", {}),
        occupancy=run.get("model", {}).get("occupancy"),
        peak_bytes={name: budget["peak_bytes"] for name, budget in budgets.items()},
    )
