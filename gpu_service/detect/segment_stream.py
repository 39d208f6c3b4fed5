"""Segments as they end: the scores of a video that still arrives become events one by one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gpu_service.detect.transitions import (
    Transition,
    first_quiet,
    transition_between,
    transition_probability,
)
from gpu_service.errors import InternalError
from gpu_service.events import Scores, Segment
from gpu_service.frames import Float32Array
from gpu_service.timeline import FrameTimes, GrowingTimes

_SAME_PROBABILITY = 0.02
"""Backends and decoders agree within this; a smaller difference must not decide."""


@dataclass(frozen=True, slots=True)
class SettledSegment:
    """An event that nothing which follows can change.

    :param number: counted from 0.
    :param begins: the transition from the event before; None where there is none.
    :param ends: the transition to the event after; None where there is none.
    :param ends_in_transition: the last event's last frame belongs to one.
    :param covers_all: it is the whole video.
    """

    number: int
    segment: Segment
    begins: Transition | None
    ends: Transition | None
    ends_in_transition: bool = False
    covers_all: bool = False


class SegmentStream:
    """One pass from the left over scores that come in pieces; the pieces do not matter.

    A shot ends with the first frame of a transition, and the next begins after the transition's
    last one (the rule of TransNetV2's authors). An event that is too short joins the neighbour on
    the side of the less probable transition, the earlier one where they are equally probable, and
    with it the frames of that transition. So an event is settled as soon as the shot after it has
    lasted the minimum, and it is known how long the transition between them goes on.

    Holds 8 bytes a frame.

    :param times: of at least the frames that are fed, and of one more where there is one.
    :param threshold: a frame whose "single" is above it belongs to a transition.
    :param min_event_seconds: the shortest event, unless it is the only one; 0 joins nothing.
    """

    def __init__(
        self,
        times: FrameTimes | GrowingTimes,
        *,
        threshold: float = 0.5,
        min_event_seconds: Fraction = Fraction(0),
    ) -> None:
        self._times = times
        self._threshold = threshold
        self._min_ticks = min_event_seconds / times.time_base
        self._heads: Float32Array = np.empty((2, 1024), np.float32)
        self._count = 0
        self._first: int | None = None
        """Where the shot, or the run of short shots, that is not decided upon begins."""
        self._end: int | None = None
        """Where it ends, if it does."""
        self._last: Segment | None = None
        """The event before: a short one may still join it, unless it is settled."""
        self._last_settled = False
        self._waiting: deque[Segment] = deque()
        self._begins: Transition | None = None
        self._number = 0

    def __len__(self) -> int:
        """Frames scored so far."""
        return self._count

    @property
    def open_segment(self) -> Segment | None:
        """The earliest event that is not given out yet: it begins there and ends there or later.

        None while nothing is scored.
        """
        for segment in (*self._waiting, self._last):
            if segment is not None:
                return segment
        if not self._count:
            return None
        # A video that is all transition is one event from its first frame on.
        return Segment(self._first or 0, self._end or self._count)

    def feed(self, scores: Scores) -> list[SettledSegment]:
        """Take the next scores; return the events that they settle, in order.

        :raises InternalError: scores that are no numbers, or of more frames than there are.
        """
        if not (np.isfinite(scores.single).all() and np.isfinite(scores.many).all()):
            raise InternalError("the event model gave scores that are no numbers")
        if self._count + len(scores) > len(self._times):
            raise InternalError(f"{self._count + len(scores)} scores for {len(self._times)} frames")
        if not len(scores):
            return []
        start = self._count
        self._append(scores)
        above = self._heads[0, max(0, start - 1) : self._count] > self._threshold
        if start == 0:
            above = np.concatenate([[True], above])
        for change in np.flatnonzero(above[1:] != above[:-1]).tolist():
            frame = start + change
            if above[change + 1]:
                self._end = frame + 1
            else:
                self._begin(frame)
        self._settle_early()
        return self._ready()

    def finish(self) -> list[SettledSegment]:
        """No more scores; return the remaining events.

        :raises InternalError: there was not one score for each frame.
        """
        if self._count != len(self._times) or not self._count:
            raise InternalError(f"{self._count} scores for {len(self._times)} frames")
        count = self._count
        first = 0 if self._first is None else self._first
        final = Segment(first, count if self._end is None else self._end)
        if self._last is not None and not self._last_settled and self._is_short(final):
            final = Segment(self._last.first, final.end)
        elif self._last is not None:
            self._waiting.append(self._last)
        self._last = None
        settled = self._ready(final)
        settled.append(
            SettledSegment(
                self._number,
                final,
                self._begins,
                None,
                ends_in_transition=bool(self._heads[0, final.end - 1] > self._threshold),
                covers_all=len(final) == count,
            )
        )
        return settled

    def _append(self, scores: Scores) -> None:
        count = self._count + len(scores)
        if count > self._heads.shape[1]:
            grown = np.empty((2, max(count, 2 * self._heads.shape[1])), np.float32)
            grown[:, : self._count] = self._heads[:, : self._count]
            self._heads = grown
        self._heads[0, self._count : count] = scores.single
        self._heads[1, self._count : count] = scores.many
        self._count = count

    def _begin(self, frame: int) -> None:
        """A shot begins: decide upon the one before it."""
        if self._first is None or self._end is None:
            self._first = frame
            return
        current = Segment(self._first, self._end)
        self._end = None
        if not self._is_short(current):
            if self._last is not None:
                self._waiting.append(self._last)
            self._last, self._last_settled = current, False
            self._first = frame
        elif self._last is not None and not self._goes_on(self._last, current, frame):
            self._last = Segment(self._last.first, current.end)
            self._first = frame

    def _settle_early(self) -> None:
        """A shot that is long enough already leaves the event before as it is."""
        if self._last is not None and self._first is not None and not self._last_settled:
            so_far = Segment(self._first, self._end or self._count)
            self._last_settled = not self._is_short(so_far)

    def _ready(self, final: Segment | None = None) -> list[SettledSegment]:
        """Those whose following event, too, is known for as long as the transition lasts."""
        ready = []
        while self._waiting:
            if len(self._waiting) > 1:
                following, known = self._waiting[1], True
            elif final is not None:
                following, known = final, True
            elif self._last is not None:
                following, known = self._last, self._last_settled
            else:
                break
            if not known and first_quiet(self._scores(), following, self._threshold) is None:
                break
            ready.append(self._give(self._waiting.popleft(), following))
        if final is None and not self._waiting and self._last is not None and self._last_settled:
            self._give_last(ready)
        return ready

    def _give_last(self, ready: list[SettledSegment]) -> None:
        """The last event is settled by a shot that goes on: how its transition ends may be known."""
        if self._first is None or self._last is None:
            return
        following = Segment(self._first, self._end or self._count)
        if first_quiet(self._scores(), following, self._threshold) is not None:
            ready.append(self._give(self._last, following))
            self._last = None

    def _give(self, segment: Segment, following: Segment) -> SettledSegment:
        ends = transition_between(self._scores(), segment, following, self._threshold)
        given = SettledSegment(self._number, segment, self._begins, ends)
        self._number += 1
        self._begins = ends
        return given

    def _scores(self) -> Scores:
        return Scores(self._heads[0, : self._count], self._heads[1, : self._count])

    def _is_short(self, segment: Segment) -> bool:
        interval = self._times.span(segment.first, segment.end)
        return interval.end_pts - interval.start_pts < self._min_ticks

    def _goes_on(self, previous: Segment, short: Segment, following_first: int) -> bool:
        """Whether a short event belongs to the one after it rather than to the one before."""
        # Only the probabilities: how long a transition is takes a walk through the event before,
        # which grows with every short event that joins it.
        scores = self._scores()
        begins = transition_probability(scores, previous.end, short.first)
        ends = transition_probability(scores, short.end, following_first)
        return ends < begins - _SAME_PROBABILITY
