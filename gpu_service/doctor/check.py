"""One finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a check found."""

    OK = "ok"
    ABSENT = "absent"
    """Not there, and not needed for everything."""
    BROKEN = "broken"
    """Needed, and missing or wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding, with the remedy where there is something to mend."""

    name: str
    state: State
    detail: str
    remedy: str = ""

    @property
    def usable(self) -> bool:
        return self.state is not State.BROKEN
