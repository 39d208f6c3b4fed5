"""Single pictures: exactly the frame that was asked for, whatever the container."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpu_service.budget import ByteBudget
from gpu_service.frames import Picture, UInt8Array
from tests.decode.clips import CLIPS
from tests.decode.conftest import ClipPath, ClipReference
from tests.decode.opened import opened, picture_at, pictures_at, scan, scanned
from tests.decode.reference import decode
from tests.support.ffmpeg import ffmpeg

pytestmark = pytest.mark.usefixtures("either_scan")

_FAST = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def nearest(picture: Picture, frames: UInt8Array) -> int:
    """Which frame of the reference the picture is, and is it beyond doubt."""
    distances = np.abs(frames.astype(np.int16) - picture.rgb).mean((1, 2, 3))
    assert distances.min() < 0.5
    return int(distances.argmin())


def budget(limit_bytes: int = 2**24) -> ByteBudget:
    return ByteBudget("packets", limit_bytes)


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", CLIPS)
def test_any_frame_is_found_again(
    clip: ClipPath, reference: ClipReference, name: str, kept: bool
) -> None:
    frames = reference(name).rgb
    order = np.random.default_rng(7).permutation(len(frames))[:12]
    with scanned(clip(name), name, packets=budget() if kept else None) as decoder:
        pts = decoder.times().pts
        for wanted in (order[:1], order[1:4], order[4:5], order[5:]):
            expected = sorted(int(i) for i in wanted)
            pictures = pictures_at(decoder, [pts[i] for i in expected])
            assert [picture.pts for picture in pictures] == [pts[i] for i in expected]
            assert [nearest(picture, frames) for picture in pictures] == expected


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", CLIPS)
def test_what_is_left_out_on_the_way_changes_nothing(clip: ClipPath, name: str, kept: bool) -> None:
    """Each frame by itself, decoded from a keyframe on, against all in a row."""
    with scanned(clip(name), name) as decoder:
        expected = pictures_at(decoder, decoder.times().pts)
    with scanned(clip(name), name, packets=budget() if kept else None) as decoder:
        for picture in reversed(expected):
            assert np.array_equal(picture_at(decoder, picture.pts).rgb, picture.rgb)


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", ["mp4-open-gop", "ts-open-gop", "avi-mpeg4", "hevc-open-gop"])
@given(data=st.data())
@_FAST
def test_any_frames_in_any_order(
    clip: ClipPath, reference: ClipReference, name: str, kept: bool, data: st.DataObject
) -> None:
    frames = reference(name).rgb
    wanted = data.draw(
        st.lists(
            st.lists(st.integers(0, len(frames) - 1), min_size=1, max_size=5),
            min_size=1,
            max_size=4,
        )
    )
    with scanned(clip(name), name, packets=budget() if kept else None) as decoder:
        pts = decoder.times().pts
        for group in wanted:
            found = [nearest(p, frames) for p in pictures_at(decoder, [pts[i] for i in group])]
            assert found == group


def test_a_time_without_a_frame_is_refused(clip: ClipPath) -> None:
    with scanned(clip("mp4")) as decoder, pytest.raises(ValueError, match="no frame"):
        pictures_at(decoder, [decoder.times().pts[3] + 1])


def test_a_picture_keeps_its_pixels(clip: ClipPath) -> None:
    with scanned(clip("mp4")) as decoder:
        pts = decoder.times().pts
        first = picture_at(decoder, pts[0])
        kept = first.rgb.copy()
        picture_at(decoder, pts[1])
        assert np.array_equal(first.rgb, kept)


@pytest.mark.parametrize("packets", [None, budget()], ids=["read-again", "from-the-cache"])
@pytest.mark.parametrize(
    ("sar", "width"), [("2/1", 128), ("1/2", 32), ("12/11", 70), ("1000/1", 64)]
)
def test_pixels_come_out_square(
    clip: ClipPath, tmp_path: Path, sar: str, width: int, packets: ByteBudget | None
) -> None:
    path = tmp_path / "a.mp4"
    ffmpeg("-i", str(clip("mp4")), "-c", "copy", "-aspect", str(Fraction(sar) * 4 / 3), str(path))
    with scanned(path, packets=packets) as decoder:
        picture = picture_at(decoder, decoder.times().pts[9])
    assert (picture.width, picture.height) == (width, 48)
    if width != 64:
        expected = decode(path, filters=f"scale={width}:48").rgb
        assert nearest(picture, expected) == 9


@pytest.mark.parametrize("packets", [None, budget()], ids=["read-again", "from-the-cache"])
@pytest.mark.parametrize("mirror", [[], ["-display_hflip"], ["-display_vflip"]])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_pictures_are_upright(
    clip: ClipPath,
    tmp_path: Path,
    angle: int,
    mirror: list[str],
    packets: ByteBudget | None,
) -> None:
    path = tmp_path / "a.mp4"
    turned = ["-display_rotation", str(angle), *mirror]
    ffmpeg(*turned, "-i", str(clip("mp4")), "-c", "copy", str(path))
    with scanned(path, packets=packets) as decoder:
        picture = picture_at(decoder, decoder.times().pts[9])
    assert picture.rgb.shape == ((64, 48, 3) if angle % 180 else (48, 64, 3))
    assert picture.rgb.flags.c_contiguous
    assert nearest(picture, decode(path).rgb) == 9


def test_detector_frames_stay_as_coded(clip: ClipPath, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(clip("mp4")), "-c", "copy", str(path))
    with opened(path) as turned, opened(clip("mp4")) as plain:
        assert np.array_equal(scan(turned), scan(plain))
