from __future__ import annotations

import numpy as np
import pytest

from benchmarks import effects
from benchmarks.compose import KINDS, compose
from tests.detect.footage import scene

SHOTS = {f"scene {seed}": scene(130, seed, seed / 4) for seed in range(5)}


def test_a_seed_gives_the_same_videos() -> None:
    one, same = (list(compose(SHOTS, 3)) for _ in range(2))
    other = list(compose(SHOTS, 4))

    assert [video.kind for video in one] == list(KINDS)
    for left, right in zip(one, same, strict=True):
        np.testing.assert_array_equal(left.rgb, right.rgb)
    assert any(
        left.rgb.shape != right.rgb.shape or (left.rgb != right.rgb).any()
        for left, right in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_frames_of_the_models_size(kind: str) -> None:
    for video in compose(SHOTS, 5, rounds=2):
        if video.kind == kind:
            assert video.rgb.dtype == np.uint8
            assert video.rgb.shape[1:] == (27, 48, 3)
            assert 150 <= len(video.rgb) <= 1000


def test_a_dissolve_goes_from_one_to_the_other() -> None:
    before, after = (np.full((10, 27, 48, 3), level, np.uint8) for level in (0, 100))

    joined = effects.dissolve(before, after, 4)

    assert joined[:, 0, 0, 0].tolist() == [0] * 6 + [20, 40, 60, 80] + [100] * 6


def test_a_fade_passes_a_flat_colour() -> None:
    before, after = (np.full((10, 27, 48, 3), level, np.uint8) for level in (90, 60))

    joined = effects.fade(before, after, 2, 0, 3)

    assert joined[8:15, 0, 0, 0].tolist() == [60, 30, 0, 0, 0, 20, 40]


@pytest.mark.parametrize("push", [False, True])
def test_a_wipe_moves_an_edge(push: bool) -> None:
    before, after = (np.full((10, 27, 48, 3), level, np.uint8) for level in (90, 60))

    joined = effects.wipe(before, after, 3, push=push)

    assert [(frame[0, :, 0] == 60).sum() for frame in joined[6:12]] == [0, 12, 24, 36, 48, 48]


def test_the_whole_view_is_the_frame_itself() -> None:
    shot = scene(5, 1)

    np.testing.assert_array_equal(effects.zoom(shot, 1, 1), shot)
