"""Exact time: integer presentation timestamps (PTS) counted in a rational time base.

Nothing here is a float. Seconds leave as :class:`~fractions.Fraction`; the edge (JSON, SQL, logs)
turns them into floats.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open span ``[start_pts, end_pts)`` in units of ``time_base`` seconds.

    :raises ValueError: for an empty or reversed span, or a time base that is not positive.
    """

    start_pts: int
    end_pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.time_base <= 0:
            raise ValueError(f"time base must be positive, got {self.time_base}")
        if self.end_pts <= self.start_pts:
            raise ValueError(f"empty interval [{self.start_pts}, {self.end_pts})")

    @property
    def midpoint_pts(self) -> Fraction:
        """The exact middle, in units of the time base; it may fall between two ticks."""
        return Fraction(self.start_pts + self.end_pts, 2)


class _Timeline:
    """What can be asked of frames in presentation order."""

    __slots__ = ()

    pts: Sequence[int]
    end_pts: int
    time_base: Fraction

    def __len__(self) -> int:
        return len(self.pts)

    def seconds(self, pts: int | Fraction) -> Fraction:
        """Seconds from the first frame to ``pts``."""
        return (pts - self.pts[0]) * self.time_base

    @property
    def duration(self) -> Fraction:
        """Seconds from the first frame's start to the last frame's end."""
        return self.seconds(self.end_pts)

    def span(self, first: int, end: int) -> Interval:
        """The interval of frames ``first`` to ``end`` (exclusive).

        :raises IndexError: when the frames are not all in the video.
        """
        if not 0 <= first < end <= len(self.pts):
            raise IndexError(f"frames [{first}, {end}) are not within {len(self.pts)}")
        end_pts = self.pts[end] if end < len(self.pts) else self.end_pts
        return Interval(self.pts[first], end_pts, self.time_base)

    def on_screen(self, pts: int | Fraction) -> int:
        """PTS of the frame that is on screen at ``pts``.

        :raises ValueError: when ``pts`` is outside the video.
        """
        if not self.pts[0] <= pts < self.end_pts:
            raise ValueError(f"{pts} is outside [{self.pts[0]}, {self.end_pts})")
        return self.pts[bisect_right(self.pts, pts) - 1]


@dataclass(frozen=True)
class FrameTimes(_Timeline):
    """When each decoded frame of a video is on screen.

    Frame ``i`` is on screen during ``[pts[i], pts[i + 1])``; the last one until ``end_pts``.
    Zero seconds is the first frame, wherever the container's own clock begins.

    :param pts: strictly increasing, in units of ``time_base``.
    :param end_pts: exclusive end of the last frame.
    :raises ValueError: when there is no frame or the order is broken.
    """

    pts: Sequence[int]
    end_pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if len(self.pts) == 0:
            raise ValueError("a timeline needs at least one frame")
        if self.time_base <= 0:
            raise ValueError(f"time base must be positive, got {self.time_base}")
        previous: int | None = None
        for value in (*self.pts, self.end_pts):
            if previous is not None and value <= previous:
                raise ValueError(f"PTS {value} does not follow {previous}")
            previous = value


class GrowingTimes(_Timeline):
    """The frame times of a video that still arrives: 8 bytes a frame.

    The last frame so far lasts one tick, until another comes or :meth:`finish` says how long.

    :param time_base: seconds a tick.
    """

    def __init__(self, time_base: Fraction) -> None:
        self.time_base = time_base
        self.pts: array[int] = array("q")
        self._end_pts: int | None = None

    @property
    def end_pts(self) -> int:  # type: ignore[override]
        """Exclusive end of the last frame."""
        return self.pts[-1] + 1 if self._end_pts is None else self._end_pts

    def append(self, pts: Iterable[int]) -> None:
        """Add the next frames, whose PTS go on increasing."""
        self.pts.extend(pts)

    def finish(self, end_pts: int) -> None:
        """Say when the last frame ends.

        :raises ValueError: not after it began.
        """
        if end_pts <= self.pts[-1]:
            raise ValueError(f"PTS {end_pts} does not follow {self.pts[-1]}")
        self._end_pts = end_pts


def typical_duration(pts: Iterable[int]) -> int:
    """The median step between consecutive PTS, at least 1; 1 where there is only one frame.

    Stands in for the last frame's duration when neither packet nor container declares it.
    """
    values = list(pts)
    steps = sorted(b - a for a, b in pairwise(values))
    return max(1, steps[len(steps) // 2]) if steps else 1


def clock_text(seconds: Fraction | float, *, digits: int = 3) -> str:
    """Seconds as ``HH:MM:SS.mmm``, cut, not rounded, after ``digits`` places; hours may pass 99.

    A float is taken as the shortest decimal that gives it, so that 1.001 is not cut to 1.000.
    """
    if isinstance(seconds, float):
        seconds = Fraction(repr(seconds))
    scale = 10**digits
    whole, part = divmod(int(seconds * scale), scale)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours:02}:{minutes:02}:{whole:02}"
    return f"{text}.{part:0{digits}}" if digits else text
