"""The scan: every frame once, at the times and with the pixels of the ffmpeg command line."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import cast

import numpy as np
import pytest

from gpu_service.decode.cpu import open_video
from gpu_service.errors import InternalError
from tests.decode.clips import CLIPS
from tests.decode.conftest import ClipPath, ClipReference
from tests.decode.opened import opened, pictures_at, scan, scanned
from tests.decode.reference import decode

pytestmark = pytest.mark.usefixtures("either_scan")


@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_has_the_time_that_ffmpeg_gives_it(
    clip: ClipPath, reference: ClipReference, name: str
) -> None:
    with scanned(clip(name), name) as decoder:
        times = decoder.times()
        assert decoder.damage is None
    expected = reference(name)
    assert len(times) == len(expected.rgb)
    assert [float(times.seconds(pts)) for pts in times.pts] == pytest.approx(
        expected.seconds, abs=1e-4
    )


@pytest.mark.parametrize("name", sorted(set(CLIPS) - {"avi-mpeg4-packed"}))
def test_no_frame_is_missing(clip: ClipPath, name: str) -> None:
    with scanned(clip(name), name) as decoder:
        assert len(decoder.times()) == CLIPS[name].frames


@pytest.mark.parametrize(
    "name",
    ["mp4", "mp4-vfr", "mkv-ffv1-422-10", "mkv-ffv1-gray", "hevc-10", "h264-444", "h264-rgb",
     "avi-mjpeg", "avi-raw-palette", "mov-png-alpha", "one-pixel", "odd-size", "av1"],
)  # fmt: skip
def test_detector_frames_are_ffmpegs_to_the_bit(clip: ClipPath, name: str) -> None:
    with opened(clip(name), name) as decoder:
        frames = scan(decoder, 7)
    expected = decode(clip(name), filters="scale=48:27").rgb
    assert frames.shape == expected.shape
    difference = np.abs(frames.astype(int) - expected)
    # Another version of libswscale may round otherwise.
    assert difference.max() <= 1


def test_chunks_follow_one_another(clip: ClipPath) -> None:
    with opened(clip("mp4-b-frames")) as decoder:
        chunks = list(decoder.scan(10))
        times = decoder.times()
    assert [len(chunk) for chunk in chunks] == [10, 10, 10, 10, 8]
    assert np.concatenate([chunk.pts for chunk in chunks]).tolist() == list(times.pts)


def test_the_last_frame_lasts_as_long_as_it_says(clip: ClipPath) -> None:
    with scanned(clip("mp4-b-frames")) as decoder:
        times = decoder.times()
    assert times.seconds(times.end_pts - times.pts[-1] + times.pts[0]) == pytest.approx(0.04)
    assert float(times.duration) == pytest.approx(48 / 25)


def test_what_the_header_says_is_known_before_the_scan(clip: ClipPath) -> None:
    with opened(clip("hevc")) as decoder:
        assert decoder.backend == "pyav/hevc"
        assert decoder.declared_frames == 48
        with pytest.raises(InternalError, match="before the scan"):
            decoder.times()


def test_a_decoder_scans_once(clip: ClipPath) -> None:
    with scanned(clip("mp4")) as decoder, pytest.raises(InternalError, match="twice"):
        scan(decoder)


def test_a_clock_that_is_reset_never_runs_backwards(clip: ClipPath) -> None:
    joined = clip("ts").read_bytes() + clip("ts").read_bytes()
    with scanned(joined) as decoder:
        times = decoder.times()
    assert len(times) == 96
    steps = [float((b - a) * times.time_base) for a, b in pairwise(times.pts)]
    assert steps == pytest.approx([0.04] * 95, abs=1e-3)


def test_a_change_of_size_on_the_way_is_no_obstacle(clip: ClipPath) -> None:
    with scanned(clip("ts-hevc-large").read_bytes() + clip("ts-hevc").read_bytes()) as decoder:
        times = decoder.times()
        pictures = pictures_at(decoder, [times.pts[5], times.pts[-1]])
    assert [picture.rgb.shape for picture in pictures] == [(96, 128, 3), (48, 64, 3)]


def test_the_file_stays_open(clip: ClipPath) -> None:
    file = io.BytesIO(clip("mp4").read_bytes())
    decoder = open_video(cast("io.RawIOBase", file), "clip")
    scan(decoder)
    decoder.close()
    assert not file.closed
