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


def transition_probability(scores: Scores, before_end: int, after_first: int) -> float:
    """How sure the surer head is of the transition between two events.

    :param before_end: where the event before ends; its last frame is the transition's first.
    :param after_first: where the event after it begins.
    """
    first = before_end - 1
    return float(max(scores.single[first:after_first].max(), scores.many[first:after_first].max()))


def first_quiet(scores: Scores, after: Segment, threshold: float) -> int | None:
    """The first frame of the event after a transition that neither head gives to it."""
    quiet = np.flatnonzero(_quiet(scores, after.first, after.end, threshold))
    return after.first + int(quiet[0]) if len(quiet) else None


def transition_between(
    scores: Scores, before: Segment, after: Segment, threshold: float
) -> Transition:
    """The transition from one event to the next; its first frame is ``before``'s last."""
    first = before.end - 1
    # Looks no further than the two events, or the work would grow with the square of the video.
    quiet_before = np.flatnonzero(_quiet(scores, before.first, first, threshold))
    start = before.first + int(quiet_before[-1]) + 1 if len(quiet_before) else before.first
    stop = first_quiet(scores, after, threshold)
    probability = transition_probability(scores, before.end, after.first)
    return Transition(probability, (after.end if stop is None else stop) - start)


def _quiet(scores: Scores, first: int, end: int, threshold: float) -> BoolArray:
    """Which frames neither head gives to a transition."""
    quiet: BoolArray = np.maximum(scores.single[first:end], scores.many[first:end]) <= threshold
    return quiet
