from __future__ import annotations

import time

import numpy as np
import pytest
import simplejpeg

from benchmarks.figures import WrongResultsError
from benchmarks.gpu import jpegs
from benchmarks.gpu.jpegs import check, jpegs_a_second, pictures_of
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import Picture
from tests.support.media import media


def test_pictures_are_real_frames_of_the_size_asked_for() -> None:
    found = pictures_of(media("traffic_camera.mp4"), (320, 180))
    assert {(one.width, one.height) for one in found} == {(320, 180)}
    assert len({one.pts for one in found}) == 6
    assert all(one.rgb.std() > 10 for one in found)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return pictures_of(media("traffic_camera.mp4"), (320, 180))[1]


def test_what_the_cpu_writes_is_good_enough(picture: Picture) -> None:
    wanted = CpuJpegEncoder().encode(picture)
    check(wanted, wanted, picture)


def test_each_kind_of_wrong_jpeg_is_named(picture: Picture) -> None:
    wanted = CpuJpegEncoder().encode(picture)
    full_chroma = simplejpeg.encode_jpeg(picture.rgb, quality=85, colorsubsampling="444")
    other = np.ascontiguousarray(picture.rgb[:, ::-1])
    for wrong, words in (
        (wanted[:-2], "the JPEG is cut off"),
        (full_chroma, r"'444'\), the CPU's is one of .*'420'"),
        (CpuJpegEncoder(quality=60).encode(picture), r"bytes, the CPU's has"),
        (CpuJpegEncoder().encode(Picture(other, 0)), r"dB, less than"),
    ):
        with pytest.raises(WrongResultsError, match=words):
            check(wrong, wanted, picture)


def test_every_picture_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(jpegs, "_LEAST_SECONDS", 4)
    encoded: list[str] = []

    def encode(picture: str) -> bytes:
        encoded.append(picture)
        return b""

    assert jpegs_a_second(encode, ["a", "b"]) == 6 / 4
    assert encoded == ["a", "b"] * 3
