"""The reference gives what ffmpeg's own conversion gives, turned as the service turns pictures."""

from __future__ import annotations

from itertools import islice

import av
import numpy as np
import pytest
import torch
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_service.decode.orient import turn
from gpu_service.decode.scale import Scaler
from gpu_service.frames import UInt8Array
from gpu_service_kernels.surface_to_rgb import surface_to_rgb
from tests.kernels.frames import (
    COLORSPACES,
    Planes,
    difference,
    noise,
    planes_of,
    surface_of,
    video_frame,
    waves,
)
from tests.support.media import media


def by_ffmpeg(planes: Planes, matrix: str, full_range: bool) -> UInt8Array:
    frame = video_frame(planes, matrix, full_range)
    return Scaler().rgb(frame, planes.width, planes.height)


@pytest.mark.parametrize(
    ("name", "matrix"),
    [
        ("Megamind.avi", "bt601"),
        ("asl/asl-walk.mkv", "bt601"),
        ("nasa_13013.mp4", "bt709"),
        ("testvideo.mp4", "bt601"),
        ("h264_10bits.mp4", "bt601"),
    ],
)
def test_real_videos_agree_to_the_bit(name: str, matrix: str) -> None:
    with av.open(str(media(name))) as container:
        stream = container.streams.best("video")
        assert stream is not None
        for frame in islice(container.decode(stream), 0, 61, 29):
            assert isinstance(frame, VideoFrame)
            planes = planes_of(frame)
            found = surface_to_rgb(
                surface_of(planes),
                width=planes.width,
                height=planes.height,
                matrix=matrix,
                full_range=frame.format.name.startswith("yuvj"),
            )
            assert difference(found, Scaler().rgb(frame, planes.width, planes.height)).max() == 0


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", COLORSPACES)
def test_8_bits_agree_to_the_bit(matrix: str, full_range: bool) -> None:
    planes = noise(130, 90, 8)
    found = surface_to_rgb(
        surface_of(planes, pitch=144, spare_rows=6),
        width=130,
        height=90,
        matrix=matrix,
        full_range=full_range,
    )
    assert difference(found, by_ffmpeg(planes, matrix, full_range)).max() == 0


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", COLORSPACES)
@pytest.mark.parametrize(("height", "bits"), [(90, 10), (91, 10), (91, 8)])
def test_interpolated_chroma_agrees_to_the_bit(
    height: int, bits: int, matrix: str, full_range: bool
) -> None:
    planes = noise(130, height, bits)
    found = surface_to_rgb(
        surface_of(planes, pitch=144, spare_rows=6),
        width=130,
        height=height,
        matrix=matrix,
        full_range=full_range,
    )
    assert difference(found, by_ffmpeg(planes, matrix, full_range)).max() == 0


@settings(max_examples=60, deadline=None)
@given(
    half_width=st.integers(1, 100),
    height=st.integers(1, 120),
    bits=st.sampled_from([8, 10]),
    spare_columns=st.integers(0, 40),
)
def test_any_even_width_and_any_pitch(
    half_width: int, height: int, bits: int, spare_columns: int
) -> None:
    width = 2 * half_width
    planes = noise(width, height, bits)
    found = surface_to_rgb(
        surface_of(planes, pitch=width + spare_columns),
        width=width,
        height=height,
        matrix="bt709",
        full_range=False,
    )
    assert difference(found, by_ffmpeg(planes, "bt709", False)).max() <= 0


@settings(max_examples=30, deadline=None)
@given(width=st.integers(1, 200), rows=st.integers(1, 60), spare_columns=st.integers(0, 40))
def test_any_even_height_and_any_pitch(width: int, rows: int, spare_columns: int) -> None:
    planes = noise(width, 2 * rows, 8)
    found = surface_to_rgb(
        surface_of(planes, pitch=width + width % 2 + spare_columns),
        width=width,
        height=2 * rows,
        matrix="bt709",
        full_range=False,
    )
    assert difference(found, by_ffmpeg(planes, "bt709", False)).max() <= 1


@pytest.mark.parametrize(
    ("width", "height", "bits"), [(1, 1, 8), (641, 361, 8), (641, 361, 10), (641, 360, 10)]
)
def test_odd_widths_are_close_where_libswscale_interpolates_along_rows(
    width: int, height: int, bits: int
) -> None:
    planes = waves(width, height, bits)
    found = surface_to_rgb(
        surface_of(planes), width=width, height=height, matrix="bt601", full_range=True
    )
    assert difference(found, by_ffmpeg(planes, "bt601", True)).mean() < 2


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_turned_as_the_display_matrix_says(quarter_turns: int, mirrored: bool) -> None:
    a, b, c, d = [(1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0)][quarter_turns]
    matrix = (-a, -b, c, d) if mirrored else (a, b, c, d)
    planes = noise(10, 6, 8)
    found = surface_to_rgb(
        surface_of(planes),
        width=10,
        height=6,
        matrix="bt709",
        full_range=False,
        quarter_turns=quarter_turns,
        mirrored=mirrored,
    )
    assert np.array_equal(found.numpy(), turn(by_ffmpeg(planes, "bt709", False), matrix))
    assert found.permute(2, 0, 1).is_contiguous()


@pytest.mark.parametrize("quarter_turns", [-1, 4])
def test_other_turns_are_refused(quarter_turns: int) -> None:
    with pytest.raises(ValueError, match=r"^quarter_turns: "):
        surface_to_rgb(
            torch.zeros(12, 16, dtype=torch.uint8),
            width=16, height=8, matrix="bt709", full_range=False, quarter_turns=quarter_turns,
        )  # fmt: skip
