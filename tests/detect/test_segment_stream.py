from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.segment_stream import SegmentStream, SettledSegment
from gpu_service.errors import InternalError
from gpu_service.events import Scores, Segment
from gpu_service.timeline import FrameTimes, GrowingTimes

TENTH = Fraction(1, 10)
HALF = Fraction(1, 2)

probabilities = st.sampled_from([0.0, 0.1, 0.45, 0.5, 0.55, 0.9, 1.0])


def scores_of(single: list[float], many: list[float] | None = None) -> Scores:
    return Scores(np.array(single, np.float32), np.array(many or single, np.float32))


def cuts(count: int, *frames: int) -> list[float]:
    single = [0.0] * count
    for frame in frames:
        single[frame] = 0.9
    return single


def streamed(
    scores: Scores, pieces: list[int], *, ahead: int = 0, least: Fraction = HALF
) -> tuple[list[SettledSegment], int]:
    """The events, and how many of them came before the end; PTS run ``ahead`` of the scores."""
    times = GrowingTimes(TENTH)
    stream = SegmentStream(times, min_event_seconds=least)
    total = len(scores)
    given_early: list[SettledSegment] = []
    done = 0
    for piece in (*pieces, total):
        end = min(total, done + piece)
        times.append(range(len(times), min(total, end + ahead)))
        given_early += stream.feed(Scores(scores.single[done:end], scores.many[done:end]))
        done = end
    times.finish(total)
    return given_early + stream.finish(), len(given_early)


@given(
    st.lists(st.tuples(probabilities, probabilities), min_size=1, max_size=80),
    st.lists(st.integers(0, 9), max_size=60),
    st.integers(0, 5),
    st.sampled_from([Fraction(0), Fraction(1, 5), HALF, Fraction(2)]),
)
def test_events_do_not_depend_on_how_the_scores_come(
    heads: list[tuple[float, float]], pieces: list[int], ahead: int, least: Fraction
) -> None:
    scores = scores_of([h[0] for h in heads], [h[1] for h in heads])
    whole = SegmentStream(FrameTimes(range(len(heads)), len(heads), TENTH), min_event_seconds=least)

    found, _ = streamed(scores, pieces, ahead=ahead, least=least)

    assert found == [*whole.feed(scores), *whole.finish()]
    assert [event.number for event in found] == list(range(len(found)))
    assert all(a.ends == b.begins for a, b in pairwise(found))


def test_an_event_is_given_once_the_next_has_lasted_the_minimum() -> None:
    times = GrowingTimes(TENTH)
    times.append(range(100))
    stream = SegmentStream(times, min_event_seconds=HALF)
    single = scores_of(cuts(100, 40))

    assert stream.feed(Scores(single.single[:45], single.many[:45])) == []
    (event,) = stream.feed(Scores(single.single[45:46], single.many[45:46]))

    assert event.segment == Segment(0, 41)
    assert stream.open_segment == Segment(41, 46)


def test_an_event_waits_until_it_is_known_how_long_its_transition_goes_on() -> None:
    times = GrowingTimes(TENTH)
    times.append(range(100))
    stream = SegmentStream(times, min_event_seconds=HALF)
    scores = scores_of(cuts(100, 40), cuts(100, *range(35, 60)))

    assert stream.feed(Scores(scores.single[:60], scores.many[:60])) == []
    (event,) = stream.feed(Scores(scores.single[60:61], scores.many[60:61]))

    assert event.ends is not None
    assert event.ends.frames == 25


def test_the_open_segment_is_where_a_midpoint_may_still_be_wanted() -> None:
    times = GrowingTimes(TENTH)
    times.append(range(100))
    assert SegmentStream(times, min_event_seconds=HALF).open_segment is None

    stream = SegmentStream(times, min_event_seconds=HALF)
    stream.feed(scores_of([0.9, 0.9]))
    assert stream.open_segment == Segment(0, 2)

    stream.feed(scores_of(cuts(41, 18, 38)))
    assert stream.open_segment == Segment(21, 41)


@given(st.lists(st.tuples(probabilities, probabilities), min_size=1, max_size=80))
def test_no_event_has_its_middle_before_that_of_the_open_segment(
    heads: list[tuple[float, float]],
) -> None:
    scores = scores_of([h[0] for h in heads], [h[1] for h in heads])
    times = GrowingTimes(TENTH)
    times.append(range(len(heads)))
    stream = SegmentStream(times, min_event_seconds=HALF)
    bound = 0
    for frame in range(len(heads)):
        step = slice(frame, frame + 1)
        for event in stream.feed(Scores(scores.single[step], scores.many[step])):
            assert event.segment.first + event.segment.end >= bound
        assert stream.open_segment is not None
        bound = stream.open_segment.first + stream.open_segment.end
    times.finish(len(heads))
    for event in stream.finish():
        assert event.segment.first + event.segment.end >= bound


def test_most_events_come_while_the_scores_do() -> None:
    scores = scores_of(cuts(1000, *range(49, 1000, 50)))

    found, early = streamed(scores, [10] * 100)

    assert len(found) == 20
    assert early == 19


def test_scores_ahead_of_the_frames_are_a_fault_of_ours() -> None:
    times = GrowingTimes(TENTH)
    times.append(range(3))

    with pytest.raises(InternalError, match="4 scores for 3 frames"):
        SegmentStream(times).feed(scores_of([0.0] * 4))


def test_an_end_before_all_frames_are_scored_is_a_fault_of_ours() -> None:
    times = GrowingTimes(TENTH)
    times.append(range(5))
    stream = SegmentStream(times)
    stream.feed(scores_of([0.0] * 4))

    with pytest.raises(InternalError, match="4 scores for 5 frames"):
        stream.finish()
