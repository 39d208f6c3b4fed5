"""Figures: what was measured, how often, and what it had to be."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

_T = TypeVar("_T")


class WrongResultsError(Exception):
    """The results of a run are not what they must be: its time says nothing."""


class NotToBeHadError(Exception):
    """This machine or this version of the service can't give the figure; says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity.

    :param samples: one a repetition.
    :param at_least: what the median must reach, where it must.
    :param at_most: what the median must not exceed.
    """

    name: str
    unit: str
    samples: tuple[float, ...]
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError(f"{self.name}: no samples")

    @property
    def median(self) -> float:
        """What the figure is said to be."""
        return statistics.median(self.samples)

    @property
    def met(self) -> bool | None:
        """Whether it is what it must be; None where nothing is asked."""
        if self.at_least is not None:
            return self.median >= self.at_least
        if self.at_most is not None:
            return self.median <= self.at_most
        return None

    def as_json(self) -> dict[str, Any]:
        """With median and spread."""
        spread = {"median": self.median, "low": min(self.samples), "high": max(self.samples)}
        return asdict(self) | spread | {"met": self.met}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Figure:
        """What :meth:`as_json` gave."""
        return cls(
            said["name"], said["unit"], tuple(said["samples"]), said["at_least"], said["at_most"]
        )


@dataclass(slots=True)
class Outcome:
    """What a case found.

    :param details: anything worth keeping, for plots and for people.
    :param notes: sentences for people.
    """

    figures: list[Figure]
    details: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def ratios(above: Sequence[float], below: Sequence[float]) -> tuple[float, ...]:
    """Each round's own ratio; the rounds' conditions cancel out."""
    return tuple(a / b for a, b in zip(above, below, strict=True))


def alternated(
    repeats: int,
    ways: Mapping[str, Callable[[], _T]],
    check: Callable[[Mapping[str, _T]], None] = lambda _: None,
) -> dict[str, list[_T]]:
    """Do each of several things so many times, in turns; every second round in reverse.

    What the machine does meanwhile, and what one leaves in caches for the next, meets all alike.

    :param check: looks at a round's results when it is over; what it raises ends the rounds.
    """
    found: dict[str, list[_T]] = {name: [] for name in ways}
    for turn in range(repeats):
        order = list(ways)[:: 1 if turn % 2 == 0 else -1]
        results = {name: ways[name]() for name in order}
        check(results)
        for name, result in results.items():
            found[name].append(result)
    return found
