from __future__ import annotations

import pytest

from benchmarks.idle import idleness
from tests.benchmarks.slices import model, video


def test_a_model_that_never_pauses_is_never_idle() -> None:
    found = idleness([model(0, 1), model(1, 2), video("decode", 0, 2)])
    assert (found.span_seconds, found.idle_seconds, found.meanwhile) == (2, 0, {})
    assert found.in_words() == "idle 0.00 s of 2.00 s (0.0 %)"


def test_what_videos_did_in_the_gaps_is_said() -> None:
    found = idleness(
        [
            model(1, 2),
            model(6, 10),
            # Before the first window and during work it is no matter.
            video("decode", 0, 3),
            # Two videos at once count once.
            video("decode", 2, 4, lane="b"),
            video("decode", 4, 5, "starved"),
        ]
    )
    assert found.span_seconds == 9
    assert found.idle_seconds == 4
    assert found.meanwhile == {("decode", "busy"): 0.5, ("decode", "starved"): 0.25}
    assert found.nothing == pytest.approx(0.25)
    assert found.in_words() == (
        "idle 4.00 s of 9.00 s (44.4 %): frames were being decoded in 50 % of it, "
        "decoding waited for bytes in 25 % of it, no other stage was at work in 25 %"
    )


def test_with_two_workers_it_is_idle_while_one_waits() -> None:
    found = idleness([model(0, 4), model(0, 1), model(1, 3, "starved"), model(3, 4)])
    assert found.idle_seconds == 2


def test_a_model_that_never_works_has_no_idle_time() -> None:
    with pytest.raises(ValueError, match="never works"):
        idleness([video("decode", 0, 1)])
