from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.parity import load_reference
from gpu_service.detect.segments import segments_of, shots_of
from gpu_service.errors import InternalError
from gpu_service.events import Scores, Segment
from gpu_service.timeline import FrameTimes
from tests.support.media import media


def scores_of(single: list[float], many: list[float] | None = None) -> Scores:
    return Scores(np.array(single, np.float32), np.array(many or single, np.float32))


def steady(count: int, rate: int = 10) -> FrameTimes:
    return FrameTimes(range(count), count, Fraction(1, rate))


def cuts(count: int, **at: float) -> list[float]:
    """Zero but for ``f12=0.9``: frame 12."""
    single = [0.0] * count
    for name, value in at.items():
        single[int(name[1:])] = value
    return single


def inclusive(segments: list[Segment]) -> list[tuple[int, int]]:
    return [(segment.first, segment.end - 1) for segment in segments]


def official(single: list[float], threshold: float) -> list[tuple[int, int]]:
    """The authors' rule as the paper's repository words it, frame by frame."""
    shots: list[tuple[int, int]] = []
    start: int | None = None
    for frame, score in enumerate(single):
        if score > threshold:
            if start is not None:
                shots.append((start, frame))
            start = None
            # A transition begins in the frame that it first touches: that one ends the shot.
        elif start is None:
            start = frame
    if start is not None:
        shots.append((start, len(single) - 1))
    return shots or [(0, len(single) - 1)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nasa_13013.mp4", [(0, 163), (165, 239), (240, 389)]),
        ("goldeneye-vfr-drop3.mp4", [(0, 59), (60, 139), (140, 159)]),
        ("issue-134-rotate.mp4", [(0, 89), (90, 209), (210, 239)]),
        ("Megamind.avi", [(1, 97), (98, 153), (154, 199), (200, 269)]),
        ("av1_video.mkv", [(0, 124)]),
    ],
)
def test_real_scores_give_the_listed_events(name: str, expected: list[tuple[int, int]]) -> None:
    reference = load_reference(media(f"reference/{name}.npz"))

    assert inclusive(segments_of(reference, steady(len(reference)))) == expected


@pytest.mark.parametrize(
    ("single", "expected"),
    [
        ([0, 0, 0], [(0, 2)]),
        ([0], [(0, 0)]),
        ([1], [(0, 0)]),
        ([1, 1, 1], [(0, 2)]),
        ([0, 1, 0], [(0, 1), (2, 2)]),
        ([1, 0, 0], [(1, 2)]),
        ([0, 0, 1], [(0, 2)]),
        ([0, 1, 1, 1, 0], [(0, 1), (4, 4)]),
        ([1, 1, 0, 1, 1], [(2, 3)]),
        ([0.5, 0.5], [(0, 1)]),
    ],
)
def test_shots_by_the_official_rule(single: list[float], expected: list[tuple[int, int]]) -> None:
    assert inclusive(shots_of(scores_of(single), 0.5)) == expected


probabilities = st.sampled_from([0.0, 0.1, 0.45, 0.5, 0.55, 0.9, 1.0])


@given(st.lists(probabilities, min_size=1, max_size=60))
def test_without_a_minimum_events_are_the_official_shots(single: list[float]) -> None:
    found = segments_of(scores_of(single), steady(len(single)), threshold=0.5)

    assert inclusive(found) == official(single, 0.5)


@given(
    st.lists(st.tuples(probabilities, probabilities, st.integers(1, 7)), min_size=1, max_size=60),
    st.fractions(0, 5),
)
def test_events_are_ordered_disjoint_and_long_enough(
    frames: list[tuple[float, float, int]], least: Fraction
) -> None:
    scores = scores_of([f[0] for f in frames], [f[1] for f in frames])
    pts = [0]
    for _, _, duration in frames:
        pts.append(pts[-1] + duration)
    times = FrameTimes(pts[:-1], pts[-1], Fraction(1, 10))

    events = segments_of(scores, times, threshold=0.5, min_event_seconds=least)

    shots = shots_of(scores, 0.5)
    assert events
    assert all(a.end <= b.first for a, b in pairwise(events))
    assert events[0].first == shots[0].first
    assert events[-1].end == shots[-1].end
    assert {e.first for e in events} <= {s.first for s in shots}
    assert {e.end for e in events} <= {s.end for s in shots}
    if len(events) > 1:
        for event in events:
            interval = times.span(event.first, event.end)
            seconds = (interval.end_pts - interval.start_pts) * times.time_base
            assert seconds >= least


def test_a_short_event_joins_across_the_less_probable_transition() -> None:
    later = scores_of(cuts(30, f11=0.9, f14=0.6))
    earlier = scores_of(cuts(30, f11=0.6, f14=0.9))
    half = Fraction(1, 2)

    assert inclusive(segments_of(later, steady(30), min_event_seconds=half)) == [(0, 11), (12, 29)]
    assert inclusive(segments_of(earlier, steady(30), min_event_seconds=half)) == [
        (0, 14),
        (15, 29),
    ]


def test_a_sure_many_head_keeps_a_fade_apart_though_single_hardly_sees_it() -> None:
    single = cuts(30, f11=0.55, f14=0.7)
    many = cuts(30, f11=0.97, f14=0.3)

    events = segments_of(scores_of(single, many), steady(30), min_event_seconds=Fraction(1, 2))

    assert inclusive(events) == [(0, 11), (12, 29)]


@pytest.mark.parametrize("end", [0.9, 0.885, 0.95])
def test_a_tie_within_what_backends_differ_goes_to_the_previous(end: float) -> None:
    scores = scores_of(cuts(30, f11=0.9, f14=end))

    events = segments_of(scores, steady(30), min_event_seconds=Fraction(1, 2))

    assert inclusive(events) == [(0, 14), (15, 29)]


def test_frames_of_a_transition_within_a_joined_event_belong_to_it() -> None:
    scores = scores_of(cuts(30, f11=0.6, f12=0.6, f13=0.6, f16=0.9))

    events = segments_of(scores, steady(30), min_event_seconds=Fraction(1, 2))

    assert inclusive(events) == [(0, 16), (17, 29)]


def test_short_events_at_either_end_join_the_only_neighbour() -> None:
    scores = scores_of(cuts(30, f1=0.9, f27=0.9))

    assert inclusive(segments_of(scores, steady(30), min_event_seconds=Fraction(1, 2))) == [(0, 29)]


def test_a_run_of_short_events_becomes_long_enough_ones() -> None:
    scores = scores_of([0.0, 0.9] * 10)

    events = segments_of(scores, steady(20), min_event_seconds=Fraction(1, 2))

    assert inclusive(events) == [(0, 19)]


def test_lengths_are_those_on_screen_not_those_in_frames() -> None:
    """Three frames that last 0.2 s each are no short event, though three others are."""
    scores = scores_of(cuts(30, f11=0.9, f14=0.9))
    pts = [*range(12), 12, 14, 16, *range(18, 33)]
    slow = FrameTimes(pts, 33, Fraction(1, 10))

    assert len(segments_of(scores, slow, min_event_seconds=Fraction(1, 2))) == 3
    assert len(segments_of(scores, steady(30), min_event_seconds=Fraction(1, 2))) == 2


def test_an_event_of_exactly_the_minimum_is_kept() -> None:
    scores = scores_of(cuts(30, f4=0.9))

    assert len(segments_of(scores, steady(30), min_event_seconds=Fraction(1, 2))) == 2
    assert len(segments_of(scores, steady(30), min_event_seconds=Fraction(501, 1000))) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("head", ["single", "many"])
def test_scores_that_are_no_numbers_are_a_fault_of_ours(value: float, head: str) -> None:
    heads = {"single": [0.1] * 5, "many": [0.1] * 5}
    heads[head][2] = value

    with pytest.raises(InternalError, match="no numbers"):
        segments_of(scores_of(heads["single"], heads["many"]), steady(5))


def test_scores_must_match_the_frames() -> None:
    with pytest.raises(InternalError, match="4 scores for 5 frames"):
        segments_of(scores_of([0.0] * 4), steady(5))


@pytest.mark.timeout(20)
def test_hours_of_flicker_take_time_in_proportion() -> None:
    count = 500_000
    single = np.zeros(count, np.float32)
    single[1000::6] = 0.9
    times = FrameTimes(range(count), count, Fraction(1, 30))

    events = segments_of(Scores(single, single), times, min_event_seconds=Fraction(1, 2))

    assert inclusive(events) == [(0, count - 1)]
