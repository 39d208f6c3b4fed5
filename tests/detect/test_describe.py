from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.describe import describe_segment
from gpu_service.detect.segment_stream import SegmentStream
from gpu_service.events import Scores
from gpu_service.timeline import FrameTimes


def described(single: dict[int, float], many: dict[int, float], count: int) -> list[str]:
    heads = []
    for marked in (single, many):
        head = np.zeros(count, np.float32)
        head[list(marked)] = list(marked.values())
        heads.append(head)
    scores = Scores(*heads)
    times = FrameTimes(range(count), count, Fraction(1, 10))
    stream = SegmentStream(times)
    return [describe_segment(shot, times) for shot in (*stream.feed(scores), *stream.finish())]


def test_cuts_and_gradual_transitions_are_told_apart_by_the_many_head() -> None:
    gradual = dict.fromkeys(range(54, 66), 0.9)

    lines = described({19: 0.9, 60: 0.6}, {19: 0.8, **gradual}, 100)

    first, second, third = lines
    assert first == ("Shot 1, 2.0 s, from 00:00:00.0; begins with the video, ends with a hard cut")
    assert second == (
        "Shot 2, 4.1 s, from 00:00:02.0; begins with a hard cut, "
        "ends with a gradual transition of about 12 frames"
    )
    assert third == (
        "Shot 3, 3.9 s, from 00:00:06.1; "
        "begins with a gradual transition of about 12 frames, ends with the video"
    )


def test_what_is_the_same_at_both_ends_is_said_once() -> None:
    lines = described({9: 0.9, 19: 0.9}, {}, 30)

    assert lines[1].endswith("begins and ends with a hard cut")


def test_a_video_with_no_cut_is_the_whole_video() -> None:
    assert described({}, {}, 5) == ["Shot 1, 0.50 s, from 00:00:00.0; the whole video"]


def test_transitions_at_the_ends_of_the_video_are_told() -> None:
    (line,) = described({0: 0.9, 28: 0.9, 29: 0.9}, {}, 30)

    assert line == (
        "Shot 1, 2.8 s, from 00:00:00.1; begins after a transition at the start of the "
        "video, ends with a transition at the end of the video"
    )


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1))
def test_every_event_is_described(heads: list[tuple[float, float]]) -> None:
    single = {n: head[0] for n, head in enumerate(heads)}
    many = {n: head[1] for n, head in enumerate(heads)}

    lines = described(single, many, len(heads))

    assert all(line.startswith(f"Shot {n}, ") for n, line in enumerate(lines, 1))
