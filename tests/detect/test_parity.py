"""The benchmark's own comparison: it must be able to fail."""

from __future__ import annotations

import numpy as np

from benchmarks.parity import compare, overall
from gpu_service.events import Scores
from gpu_service.frames import Float32Array


def reference(cut: int = 20) -> Scores:
    single = np.full(100, 0.01, np.float32)
    single[cut] = 0.9
    return Scores(single, single.copy())


def shifted(head: Float32Array, every: int) -> Float32Array:
    changed = head.copy()
    changed[1::every] += np.float32(0.03)
    return changed


def test_equal_scores_pass() -> None:
    parity = compare("a", reference(), reference())

    assert parity.passed
    assert (parity.close_share, parity.f1, parity.largest_difference) == (1.0, 1.0, 0.0)


def test_either_head_alone_can_fail_a_video() -> None:
    good = reference()

    for scores in (
        Scores(shifted(good.single, 50), good.many),
        Scores(good.single, shifted(good.many, 50)),
    ):
        parity = compare("a", scores, good)
        assert parity.close_share == 0.98
        assert not parity.passed


def test_boundaries_may_be_one_frame_off_and_no_more() -> None:
    assert compare("a", reference(21), reference(20)).f1 == 1.0
    assert compare("a", reference(22), reference(20)).f1 == 0.0


def test_missing_frames_fail_a_video() -> None:
    good = reference()
    short = Scores(good.single[:99], good.many[:99])

    assert not compare("a", short, good).passed


def test_one_bad_video_shows_in_the_whole() -> None:
    good, bad = compare("a", reference(), reference()), compare("b", reference(50), reference())

    assert overall([good, bad]).f1 == 0.5
    assert not overall([good, bad]).passed
