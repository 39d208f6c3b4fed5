"""Whether two ways to find events found the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.rivals.base import Span

TOLERANCE_FRAMES = 2
_ROUNDING_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Match:
    """Boundaries of one against those of another, each used once."""

    found: int
    wanted: int
    matched: int

    @property
    def f1(self) -> float:
        """1 where neither has any."""
        total = self.found + self.wanted
        return 2 * self.matched / total if total else 1.0


def match(found: Sequence[float], wanted: Sequence[float], tolerance: float) -> Match:
    """Pair boundaries, both in order, from the left."""
    left = right = matched = 0
    while left < len(found) and right < len(wanted):
        distance = found[left] - wanted[right]
        if abs(distance) <= tolerance:
            left, right, matched = left + 1, right + 1, matched + 1
        elif distance < 0:
            left += 1
        else:
            right += 1
    return Match(len(found), len(wanted), matched)


def starts(events: Sequence[Span]) -> list[float]:
    """The boundaries: where each event but the first begins."""
    return [start for start, _ in events[1:]]


def differences(
    ours: Mapping[str, Sequence[Span]],
    theirs: Mapping[str, Sequence[Span]],
    frame_seconds: Mapping[str, float],
) -> list[str]:
    """A line a video in which the events differ: in number, or a bound by more than two frames."""
    lines = []
    for name, wanted in theirs.items():
        found = ours[name]
        tolerance = TOLERANCE_FRAMES * frame_seconds[name] + _ROUNDING_SECONDS
        if len(found) != len(wanted):
            lines.append(f"{name}: {len(found)} events, the other has {len(wanted)}")
            continue
        apart = max(
            abs(a - b)
            for mine, other in zip(found, wanted, strict=True)
            for a, b in zip(mine, other, strict=True)
        )
        if apart > tolerance:
            lines.append(f"{name}: a bound is {apart:.3f} s away, {tolerance:.3f} s are allowed")
    return lines
