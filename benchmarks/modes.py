"""One video in both modes of the detector: what they say, and what it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.agreement import TOLERANCE_FRAMES, Match, match
from gpu_service.detect.base import Detector, Window
from gpu_service.detect.detector import TransNetV2Detector
from gpu_service.detect.fast.detector import FastDetector
from gpu_service.detect.fast.quiet import restlessness
from gpu_service.detect.segments import shots_of
from gpu_service.detect.windows import WindowStream
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames, UInt8Array

NOTICED = 0.3
"""Where the official protocol gives a frame more, its window must not count as quiet."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One video, or several together.

    :param boundaries: starts of events after the first: those of the fast mode against those of
        the reference mode, two frames apart at most.
    :param largest_difference: of the scores of either head, where the model ran.
    :param quiet_frames: settled without the model.
    :param rescored_frames: scored a second time, under the official protocol.
    :param convolved_frames: through the fast mode's convolutions, repeats counted.
    :param quiet_peak: the highest reference score, "single", of a quiet frame.
    :param margin: restlessness of the calmest window with a noticed frame, the limit being 1.
    :param fast_seconds: CPU time of one thread, that of cutting included; the other alike.
    """

    name: str
    frames: int
    boundaries: Match
    largest_difference: float
    quiet_frames: int
    rescored_frames: int
    convolved_frames: int
    quiet_peak: float
    margin: float
    fast_seconds: float
    reference_seconds: float

    @property
    def ratio(self) -> float:
        """How many times less the fast mode takes."""
        return self.reference_seconds / self.fast_seconds


def compare_modes(
    name: str, rgb: UInt8Array, fast: FastDetector, reference: TransNetV2Detector
) -> Comparison:
    """Score a video's frames in both modes, one after the other.

    :param rgb: ``(N, 27, 48, 3)`` uint8.
    :param fast: with one CPU thread, as the other: only the calling thread's time counts.
    """
    convolved, rescored = fast.convolved_frames, fast.rescored_frames
    scores, quiet, fast_seconds = _scored(rgb, fast)
    expected, _, reference_seconds = _scored(rgb, reference)
    by_model = ~quiet
    difference = max(
        float(np.abs(ours - theirs)[by_model].max(initial=0))
        for ours, theirs in ((scores.single, expected.single), (scores.many, expected.many))
    )
    return Comparison(
        name=name,
        frames=len(rgb),
        boundaries=match(_starts(scores), _starts(expected), TOLERANCE_FRAMES),
        largest_difference=difference,
        quiet_frames=int(quiet.sum()),
        rescored_frames=fast.rescored_frames - rescored,
        convolved_frames=fast.convolved_frames - convolved,
        quiet_peak=float(expected.single[quiet].max(initial=0)),
        margin=_margin(rgb, expected),
        fast_seconds=fast_seconds,
        reference_seconds=reference_seconds,
    )


def together(name: str, results: Sequence[Comparison]) -> Comparison:
    """Several videos as if they were one."""
    return Comparison(
        name=name,
        frames=sum(result.frames for result in results),
        boundaries=Match(
            sum(result.boundaries.found for result in results),
            sum(result.boundaries.wanted for result in results),
            sum(result.boundaries.matched for result in results),
        ),
        largest_difference=max(result.largest_difference for result in results),
        quiet_frames=sum(result.quiet_frames for result in results),
        rescored_frames=sum(result.rescored_frames for result in results),
        convolved_frames=sum(result.convolved_frames for result in results),
        quiet_peak=max(result.quiet_peak for result in results),
        margin=min(result.margin for result in results),
        fast_seconds=sum(result.fast_seconds for result in results),
        reference_seconds=sum(result.reference_seconds for result in results),
    )


def _scored(
    rgb: UInt8Array, detector: Detector
) -> tuple[Scores, np.ndarray[tuple[int], np.dtype[np.bool_]], float]:
    """Scores, which frames were settled without the model, and the CPU seconds it took."""
    start = time.thread_time()
    cutter = detector.start()
    items: list[Window | Scores] = cutter.feed(
        DetectorFrames(rgb, np.arange(len(rgb), dtype=np.int64))
    )
    items += cutter.finish()
    parts = [item if isinstance(item, Scores) else detector.score([item])[0] for item in items]
    seconds = time.thread_time() - start
    quiet = [np.full(len(part), part is item) for part, item in zip(parts, items, strict=True)]
    scores = Scores(
        np.concatenate([part.single for part in parts]),
        np.concatenate([part.many for part in parts]),
    )
    return scores, np.concatenate(quiet), seconds


def _starts(scores: Scores) -> list[float]:
    return [shot.first for shot in shots_of(scores, 0.5)[1:]]


def _margin(rgb: UInt8Array, expected: Scores) -> float:
    stream = WindowStream()
    least, first = float("inf"), 0
    for window in (*stream.feed(rgb), *stream.finish()):
        if expected.single[first : first + window.kept].max() > NOTICED:
            least = min(least, restlessness(window.rgb))
        first += window.kept
    return least
