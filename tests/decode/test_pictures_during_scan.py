"""Pictures while the scan goes on: exact as well, and never from a second read."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from av.video.frame import VideoFrame

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.frames import AnyPicture, Picture
from tests.decode.clips import CLIPS
from tests.decode.conftest import ClipPath
from tests.decode.opened import opened, pictures_at, scanned
from tests.support.media import media

pytestmark = pytest.mark.usefixtures("either_scan")

_LIVE = [
    "mp4-b-frames", "mp4-open-gop", "hevc-open-gop", "vp9", "av1", "avi-mpeg4", "ts-open-gop",
    "ts-mpeg2-interlaced", "mp4-interlaced", "intra-refresh", "ps-mpeg2",
]  # fmt: skip


def budget(limit_bytes: int = 2**24) -> ByteBudget:
    return ByteBudget("packets", limit_bytes)


def read_again(path: Path | bytes, pts: list[int]) -> list[Picture]:
    with scanned(path) as decoder:
        return pictures_at(decoder, pts)


def same(pictures: list[Picture], expected: list[Picture]) -> bool:
    return [p.pts for p in pictures] == [p.pts for p in expected] and all(
        np.array_equal(a.rgb, b.rgb) for a, b in zip(pictures, expected, strict=True)
    )


@pytest.mark.parametrize("name", CLIPS)
def test_each_frame_as_soon_as_it_is_out(clip: ClipPath, name: str) -> None:
    pictures: list[Picture] = []
    with opened(clip(name), name, packets=budget()) as decoder:
        for chunk in decoder.scan(1):
            pictures += pictures_at(decoder, chunk.pts.tolist())
        pts = list(decoder.times().pts)
    assert same(pictures, read_again(clip(name), pts))


_LEAN_FAR_BACK = ["intra-refresh", "avi-mpeg4-packed"]
"""A picture may need more than the keyframe before it."""


@pytest.mark.parametrize("name", sorted(set(CLIPS) - set(_LEAN_FAR_BACK)))
def test_what_is_forgotten_is_not_needed(clip: ClipPath, name: str) -> None:
    pictures: list[Picture] = []
    seen: list[int] = []
    with opened(clip(name), name, packets=budget()) as decoder:
        for chunk in decoder.scan(5):
            seen += chunk.pts.tolist()
            middle = seen[len(seen) // 2]
            decoder.forget_before(middle)
            pictures += pictures_at(decoder, [middle, seen[-1]])
    assert same(pictures, read_again(clip(name), [picture.pts for picture in pictures]))


@pytest.mark.parametrize("name", _LEAN_FAR_BACK)
def test_a_keyframe_that_is_not_enough_is_learnt(clip: ClipPath, name: str) -> None:
    seen: list[int] = []
    answers: list[AnyPicture | NoPicture] = []
    with opened(clip(name), packets=budget()) as decoder:
        for chunk in decoder.scan(5):
            seen += chunk.pts.tolist()
            middle = seen[len(seen) // 2]
            decoder.forget_before(middle)
            answers.append(decoder.picture(middle))
    pictures = [answer for answer in answers if isinstance(answer, Picture)]
    assert NoPicture.LATER not in answers[-3:]
    assert same(pictures, read_again(clip(name), [p.pts for p in pictures]))


def test_what_has_been_forgotten_comes_after_the_scan(clip: ClipPath) -> None:
    with opened(clip("mp4-open-gop"), packets=budget()) as decoder:
        chunks = decoder.scan(8)
        first = int(next(chunks).pts[3])
        last = [int(chunk.pts[-1]) for chunk in islice(chunks, 4)][-1]
        decoder.forget_before(last)
        assert decoder.picture(first) is NoPicture.LATER
        assert isinstance(decoder.picture(last), Picture)
        for _ in chunks:
            pass
        late = pictures_at(decoder, [first])
    assert same(late, read_again(clip("mp4-open-gop"), [first]))


def test_without_a_budget_pictures_wait_for_the_end(clip: ClipPath) -> None:
    with opened(clip("mp4")) as decoder:
        chunks = decoder.scan(8)
        pts = int(next(chunks).pts[3])
        assert decoder.picture(pts) is NoPicture.LATER
        for _ in chunks:
            pass
        assert isinstance(decoder.picture(pts), Picture)


def test_a_budget_too_small_costs_a_second_read_and_nothing_else(clip: ClipPath) -> None:
    packets = budget(3000)
    later: list[int] = []
    pictures: list[Picture] = []
    with opened(clip("mkv-open-gop"), packets=packets) as decoder:
        for chunk in decoder.scan(1):
            answer = decoder.picture(int(chunk.pts[0]))
            if isinstance(answer, Picture):
                pictures.append(answer)
            else:
                assert answer is NoPicture.LATER
                later.append(int(chunk.pts[0]))
        assert packets.peak_bytes <= 3000
        assert len(later) > 12
        pictures += pictures_at(decoder, later)
        assert decoder.damage is None
    pictures.sort(key=lambda picture: picture.pts)
    assert packets.used_bytes == 0
    assert same(pictures, read_again(clip("mkv-open-gop"), [p.pts for p in pictures]))


def test_a_pts_that_no_frame_has_is_refused(clip: ClipPath) -> None:
    with opened(clip("mp4"), packets=budget()) as decoder:
        with pytest.raises(ValueError, match="no frame"):
            decoder.picture(0)
        chunks = decoder.scan(8)
        pts = next(chunks).pts
        with pytest.raises(ValueError, match="no frame"):
            decoder.picture(int(pts[3]) + 1)
        assert isinstance(decoder.picture(int(pts[3])), Picture)


def test_a_change_of_size_on_the_way_is_no_obstacle(clip: ClipPath) -> None:
    joined = clip("ts-hevc-large").read_bytes() + clip("ts-hevc").read_bytes()
    pictures: list[Picture] = []
    with opened(joined, packets=budget()) as decoder:
        for chunk in decoder.scan(4):
            pictures += pictures_at(decoder, [int(chunk.pts[-1])])
    assert same(pictures, read_again(joined, [picture.pts for picture in pictures]))


def test_frames_go_without_the_garbage_collector(clip: ClipPath) -> None:
    """It comes seldom, and a large frame is megabytes."""
    with scanned(clip("mp4-open-gop"), packets=budget()) as decoder:
        gc.collect()
        gc.disable()
        try:
            pictures_at(decoder, reversed(decoder.times().pts))
            # Not isinstance: that asks strangers' objects for their class, and some of them warn.
            alive = sum(type(thing) is VideoFrame for thing in gc.get_objects())
        finally:
            gc.enable()
    assert alive < 6


@pytest.mark.parametrize("name", _LIVE)
def test_one_thread_scans_and_another_one_takes_pictures(clip: ClipPath, name: str) -> None:
    packets = budget()
    with opened(clip(name), packets=packets) as decoder, ThreadPoolExecutor(1) as pool:
        asked = []
        for chunk in decoder.scan(3):
            asked += [pool.submit(decoder.picture, int(pts)) for pts in chunk.pts]
            pool.submit(decoder.forget_before, int(chunk.pts[0]))
        answers = [future.result() for future in asked]
        pts = decoder.times().pts
        pictures = [
            decoder.picture(pts[i]) if answer is NoPicture.LATER else answer
            for i, answer in enumerate(answers)
        ]
    assert packets.used_bytes == 0
    assert same(cast("list[Picture]", pictures), read_again(clip(name), list(pts)))


def test_frame_threads_in_the_scan_give_the_same_pictures() -> None:
    path = media("issue-134-rotate.mp4")
    pictures: list[Picture] = []
    with opened(path, packets=budget(2**27)) as decoder, ThreadPoolExecutor(1) as pool:
        asked = [pool.submit(decoder.picture, int(c.pts[7])) for c in decoder.scan(16)]
        pictures = [cast("Picture", future.result()) for future in asked]
    assert len(pictures) == 15
    assert same(pictures, read_again(path, [picture.pts for picture in pictures]))
