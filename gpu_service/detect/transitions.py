"""What lies between two events, as both heads of the model see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpu_service.events import Scores, Segment

BoolArray = npt.NDArray[np.bool_]

HARD_CUT_FRAMES = 2
"""A transition this short is a cut. The "many" head marks 1 frame of a cut, 27 and more of a fade."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of picture between two events.

    :param probability: of the surer head. On fades and dissolves "single" is near its threshold
        while "many" is sure; on cuts it is the other way round.
    :param frames: how long it goes on, by either head.
    """

    probability: float
    frames: int

    @property
    def is_cut(self) -> bool:
        return self.frames <= HARD_CUT_FRAMES


def transition_probability(scores: Scores, before: Segment, after: Segment) -> float:
    """How sure the surer head is of the transition between two events."""
    first, end = before.end - 1, after.first
    return float(max(scores.single[first:end].max(), scores.many[first:end].max()))


def transition_between(
    scores: Scores, before: Segment, after: Segment, threshold: float
) -> Transition:
    """The transition from one event to the next; its first frame is ``before``'s last."""
    first, end = before.end - 1, after.first
    # Looks no further than the two events, or the work would grow with the square of the video.
    quiet_before = np.flatnonzero(_quiet(scores, before.first, first, threshold))
    quiet_after = np.flatnonzero(_quiet(scores, end, after.end, threshold))
    start = before.first + int(quiet_before[-1]) + 1 if len(quiet_before) else before.first
    stop = end + int(quiet_after[0]) if len(quiet_after) else after.end
    return Transition(transition_probability(scores, before, after), stop - start)


def _quiet(scores: Scores, first: int, end: int, threshold: float) -> BoolArray:
    """Which frames neither head gives to a transition."""
    quiet: BoolArray = np.maximum(scores.single[first:end], scores.many[first:end]) <= threshold
    return quiet
