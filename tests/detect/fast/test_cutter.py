from __future__ import annotations

import numpy as np
import pytest

from gpu_service.detect.fast.cutter import FastCutter
from gpu_service.detect.fast.runs import Run
from gpu_service.events import Scores
from gpu_service.frames import UInt8Array
from tests.detect.footage import as_chunks, scene


def cut(rgb: UInt8Array) -> list[Run | Scores]:
    cutter = FastCutter()
    items = [item for chunk in as_chunks(rgb, [64] * 40) for item in cutter.feed(chunk)]
    items += cutter.finish()
    assert all(isinstance(item, (Run, Scores)) for item in items)
    return [item for item in items if isinstance(item, (Run, Scores))]


def shape(items: list[Run | Scores]) -> list[tuple[str, int]]:
    """What each item is, and how many frames it scores."""
    return [
        ("quiet", len(item)) if isinstance(item, Scores) else ("run", item.kept) for item in items
    ]


def moving(frames: int) -> UInt8Array:
    return scene(frames, 1, speed=3)


def standing(frames: int) -> UInt8Array:
    return np.repeat(scene(1, 2), frames, axis=0)


def test_runs_grow_and_stay_bounded() -> None:
    items = cut(moving(830))

    fresh = [item.fresh for item in items if isinstance(item, Run)]
    assert fresh == [100, 50, 50, 100, 200, 200, 200, 0]
    assert shape(items) == [
        ("run", 0),
        ("run", 50),
        ("run", 50),
        ("run", 100),
        ("run", 200),
        ("run", 200),
        ("run", 200),
        ("run", 30),
    ]


def test_quiet_windows_score_zero_without_the_model() -> None:
    items = cut(standing(120))

    assert shape(items) == [("quiet", 50), ("quiet", 50), ("quiet", 20)]
    assert all(isinstance(item, Scores) and not item.single.any() for item in items)
    assert all(isinstance(item, Scores) and not item.many.any() for item in items)


def test_a_quiet_window_ends_a_run_at_once() -> None:
    rgb = np.concatenate([moving(110), standing(200), moving(160), standing(150)])

    assert shape(cut(rgb)) == [
        ("run", 0),
        ("run", 50),
        ("run", 50),
        ("run", 50),
        ("quiet", 50),
        ("quiet", 50),
        ("run", 150),
        ("run", 100),
        ("quiet", 50),
        ("quiet", 50),
        ("quiet", 20),
    ]


def test_behind_quiet_windows_runs_are_soon_long() -> None:
    items = shape(cut(np.concatenate([standing(200), moving(400)])))

    assert items[:6] == [("quiet", 50)] * 3 + [("run", 50), ("run", 200), ("run", 200)]


def test_one_window_between_quiet_ones_is_a_run_by_itself() -> None:
    rgb = np.concatenate([standing(217), moving(16), standing(217)])

    runs = [item for item in cut(rgb) if isinstance(item, Run)]

    assert [(run.is_official, run.kept) for run in runs] == [(True, 50)]


@pytest.mark.parametrize("frames", [30, 50, 149, 201, 500])
def test_runs_hold_the_frames_of_the_official_windows(frames: int) -> None:
    rgb = moving(frames)
    padded = np.concatenate([rgb[:1].repeat(25, 0), rgb, rgb[-1:].repeat(75, 0)])
    scored = seen = 0
    before = None
    for run in cut(rgb):
        assert isinstance(run, Run)
        end = scored + len(run.rgb)
        np.testing.assert_array_equal(run.rgb, padded[scored:end])
        assert run.nbytes == run.rgb.nbytes
        assert run.fresh == end - seen
        assert run.before is before
        seen, before = end, run.after
        scored += run.kept
    assert scored == frames
    assert before is None, "all has been scored"


def test_what_is_printed_shows_no_pixels() -> None:
    assert [repr(item) for item in cut(moving(50))] == [
        "Run(windows=1, kept=0)",
        "Run(windows=1, kept=50)",
    ]
