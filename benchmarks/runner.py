"""Runs cases and keeps what they found: one JSON file a case."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.context import Context
from benchmarks.figures import Figure, NotToBeHadError, WrongResultsError
from benchmarks.machine import OtherWork
from benchmarks.registry import Case


@dataclass(slots=True)
class Record:
    """A case that has run.

    :param fault: why there are no figures; ``wrong results``, ``not to be had`` or an error.
    :param other_cores: that others kept busy meanwhile; see
        :class:`~benchmarks.machine.OtherWork`.
    """

    case: str
    at: str
    seconds: float
    repeats: int
    quick: bool
    machine: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fault: str | None = None
    other_cores: float = 0.0

    @property
    def passed(self) -> bool:
        """Nothing that was asked for is missing."""
        return self.fault is None and all(figure.met is not False for figure in self.figures)

    def write(self, folder: Path) -> None:
        """As ``CASE.json``; a quick run never replaces a full one."""
        said = {name: getattr(self, name) for name in self.__slots__}
        said["figures"] = [figure.as_json() for figure in self.figures]
        name = f"{self.case}.quick.json" if self.quick else f"{self.case}.json"
        (folder / name).write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")


def read_records(folder: Path, *, quick: bool = False) -> list[Record]:
    """What earlier runs have left."""
    records = []
    for path in sorted(folder.glob("*.json")):
        said = json.loads(path.read_text())
        if not isinstance(said, dict) or "case" not in said or said["quick"] != quick:
            continue
        said["figures"] = [Figure.from_json(figure) for figure in said["figures"]]
        records.append(Record(**said))
    return records


def run_cases(
    cases: Sequence[Case],
    context_of: Callable[[Case], Context],
    machine: dict[str, Any],
    say: Callable[[str], None],
) -> list[Record]:
    """Run one after another; a case that fails does not stop the rest."""
    records = []
    for case in cases:
        context = context_of(case)
        say(f"{case.name}: {case.measures}")
        record = Record(
            case.name,
            datetime.now(UTC).isoformat(timespec="seconds"),
            0.0,
            context.repeats,
            context.quick,
            machine,
        )
        start = time.monotonic()
        others = OtherWork()
        try:
            outcome = case.run(context)
            record.figures, record.details = outcome.figures, outcome.details
            record.notes = outcome.notes
        except WrongResultsError as error:
            record.fault = f"wrong results: {error}"
        except NotToBeHadError as error:
            record.fault = f"not to be had: {error}"
        except Exception as error:  # noqa: BLE001 - told, and the other cases still run
            record.fault = f"{type(error).__name__}: {error}".splitlines()[0]
            say(traceback.format_exc())
        record.seconds, record.other_cores = time.monotonic() - start, others.cores
        record.write(context.place.out)
        records.append(record)
    return records
