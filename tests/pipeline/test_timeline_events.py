"""Events as scores come, without a model: the pieces in which they come must not matter."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.errors import InternalError
from gpu_service.events import Event, Scores
from gpu_service.pipeline.timeline_events import EventStream, result_fingerprint
from gpu_service.settings import DetectSettings, Settings, ThumbnailSettings

FRAMES = 120
STEP = 10
TICK = Fraction(1, 100)


def stream(**other: object) -> EventStream:
    """Ten frames a second, PTS ``1000, 1010, …``."""
    named: dict[str, object] = {"video_id": 7, "etag": "a", "fingerprint": "b"} | other
    events = EventStream(Settings(), time_base=TICK, **named)  # type: ignore[arg-type]
    events.append(np.arange(FRAMES, dtype=np.int64) * STEP + 1000)
    return events


def scores_with(cuts: Sequence[int]) -> Scores:
    single = np.zeros(FRAMES, np.float32)
    single[list(cuts)] = 0.9
    return Scores(single, single.copy())


def fed(events: EventStream, scores: Scores, ends: Sequence[int]) -> list[Event]:
    found: list[Event] = []
    for first, end in zip((0, *ends), (*ends, FRAMES), strict=True):
        found += events.feed(Scores(scores.single[first:end], scores.many[first:end]))
    return found + events.finish(1000 + FRAMES * STEP)


@given(
    cuts=st.sets(st.integers(0, FRAMES - 1), max_size=12),
    ends=st.sets(st.integers(0, FRAMES), max_size=12),
)
def test_the_pieces_do_not_matter(cuts: set[int], ends: set[int]) -> None:
    scores = scores_with(sorted(cuts))

    whole, pieces = fed(stream(), scores, []), fed(stream(), scores, sorted(ends))

    assert pieces == whole


def test_an_event_is_told_before_the_video_is_over() -> None:
    events = stream()
    scores = scores_with([39])

    early = events.feed(Scores(scores.single[:60], scores.many[:60]))

    (event,) = early
    assert (event.start_time, event.end_time) == (Fraction(0), Fraction(4))
    assert event.thumbnail_pts == 1200
    assert event.thumbnail_timestamp == 2
    assert event.thumbnail_key == f"events/event_{event.id}/frame_2000.jpg"


@given(cuts=st.sets(st.integers(0, FRAMES - 1), max_size=12))
def test_no_thumbnail_lies_before_the_earliest_that_was_told(cuts: set[int]) -> None:
    events = stream()
    scores = scores_with(sorted(cuts))
    earliest = 0
    for frame in range(FRAMES):
        step = slice(frame, frame + 1)
        for event in events.feed(Scores(scores.single[step], scores.many[step])):
            assert event.thumbnail_pts >= earliest
        told = events.earliest_midpoint_pts
        assert told is not None
        assert told >= earliest
        earliest = told
    for event in events.finish(1000 + FRAMES * STEP):
        assert event.thumbnail_pts >= earliest


def test_ids_are_those_of_the_bytes_and_of_what_shapes_the_result() -> None:
    scores = scores_with([39, 79])

    def ids(**other: object) -> list[int]:
        return [event.id for event in fed(stream(**other), scores, [])]

    assert ids() == ids()
    for other in ({"video_id": 8}, {"etag": "c"}, {"fingerprint": "c"}):
        assert not set(ids()) & set(ids(**other))


def test_every_setting_that_shapes_the_result_is_in_its_fingerprint() -> None:
    other = (
        DetectSettings(detect_mode="fast"),
        DetectSettings(detect_mode="reference"),
        DetectSettings(threshold=0.4),
        DetectSettings(min_event_seconds=0.1),
        ThumbnailSettings(jpeg_quality=70),
        ThumbnailSettings(max_width=320),
    )
    prints = {result_fingerprint(Settings(), "weights"), result_fingerprint(Settings(), "others")}
    for branch in other:
        name = "detect" if isinstance(branch, DetectSettings) else "thumbnail"
        prints.add(result_fingerprint(Settings(**{name: branch}), "weights"))  # type: ignore[arg-type]
    # One of the two modes is the default.
    assert len(prints) == 2 + len(other) - 1


@pytest.mark.parametrize("count", [FRAMES - 1, 0])
def test_frames_without_a_score_are_no_result(count: int) -> None:
    events = stream()
    scores = scores_with([])
    events.feed(Scores(scores.single[:count], scores.many[:count]))

    with pytest.raises(InternalError):
        events.finish(1000 + FRAMES * STEP)
