"""The reference gives what ffmpeg's own scaling gives, bit for bit."""

from __future__ import annotations

from itertools import islice

import av
import pytest
import torch
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_service.decode.scale import Scaler
from gpu_service.frames import UInt8Array
from gpu_service_kernels.surface_to_detector import surface_to_detector
from tests.kernels.frames import (
    COLORSPACES,
    Planes,
    difference,
    noise,
    planes_of,
    surface_of,
    surfaces_of,
    video_frame,
    waves,
)
from tests.support.media import media

REAL = {
    "Megamind.avi": "bt601",
    "asl/asl-walk.mkv": "bt601",
    "av1_video.mkv": "bt709",
    "car-detection.mp4": "bt601",
    "goldeneye-vfr-drop3.mp4": "bt601",
    "h264_10bits.mp4": "bt601",
    "h265_video.mp4": "bt601",
    "nasa_13013.mp4": "bt709",
    "transnet_test.mp4": "bt709",
}


def by_ffmpeg(planes: Planes, matrix: str, full_range: bool) -> UInt8Array:
    return Scaler().rgb(video_frame(planes, matrix, full_range), 48, 27)


@pytest.mark.parametrize("name", REAL)
def test_real_videos(name: str) -> None:
    scaler = Scaler()
    with av.open(str(media(name))) as container:
        stream = container.streams.best("video")
        assert stream is not None
        for frame in islice(container.decode(stream), 0, 61, 15):
            assert isinstance(frame, VideoFrame)
            planes = planes_of(frame)
            found = surface_to_detector(
                surface_of(planes)[None],
                width=planes.width,
                height=planes.height,
                matrix=REAL[name],
                full_range=frame.format.name.startswith("yuvj"),
            )
            assert difference(found[0], scaler.rgb(frame, 48, 27)).max() == 0


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", COLORSPACES)
def test_every_matrix_and_range(matrix: str, full_range: bool, bits: int) -> None:
    planes = noise(200, 90, bits)
    found = surface_to_detector(
        surface_of(planes)[None], width=200, height=90, matrix=matrix, full_range=full_range
    )
    assert difference(found[0], by_ffmpeg(planes, matrix, full_range)).max() == 0


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 200),
    bits=st.sampled_from([8, 10]),
    spare_columns=st.integers(0, 40),
    spare_rows=st.sampled_from([0, 2, 8]),
)
def test_any_size_and_pitch(
    width: int, height: int, bits: int, spare_columns: int, spare_rows: int
) -> None:
    planes = noise(width, height, bits)
    surface = surface_of(planes, pitch=width + width % 2 + spare_columns, spare_rows=spare_rows)
    found = surface_to_detector(
        surface[None], width=width, height=height, matrix="bt709", full_range=False
    )
    assert difference(found[0], by_ffmpeg(planes, "bt709", False)).max() == 0


@pytest.mark.parametrize(
    ("width", "height"),
    [(1, 1), (2, 2), (3, 2), (48, 27), (96, 54), (2, 900), (3060, 2), (2, 1734), (1920, 2)],
)
def test_sizes_at_the_edge(width: int, height: int) -> None:
    planes = noise(width, height, 8)
    found = surface_to_detector(
        surface_of(planes)[None], width=width, height=height, matrix="bt601", full_range=True
    )
    assert difference(found[0], by_ffmpeg(planes, "bt601", True)).max() == 0


def test_where_libswscale_goes_through_a_smaller_picture_it_is_close() -> None:
    planes = waves(4096, 200, 8)
    found = surface_to_detector(
        surface_of(planes)[None], width=4096, height=200, matrix="bt601", full_range=False
    )
    apart = difference(found[0], by_ffmpeg(planes, "bt601", False))
    assert apart.max() <= 5
    assert apart.mean() < 0.3


@pytest.mark.parametrize("bits", [8, 10])
def test_each_of_a_batch_is_scaled_as_if_alone(bits: int) -> None:
    pictures = [noise(70, 40, bits, seed) for seed in range(3)]
    surfaces = surfaces_of(pictures, spare_rows=2, rows_apart=10, surfaces_apart=3)
    found = surface_to_detector(surfaces, width=70, height=40, matrix="bt709", full_range=False)
    assert found.shape == (3, 27, 48, 3)
    for one, planes in zip(found, pictures, strict=True):
        assert difference(one, by_ffmpeg(planes, "bt709", False)).max() == 0


def test_of_no_surfaces_there_is_nothing() -> None:
    none = torch.zeros(0, 12, 16, dtype=torch.uint16)
    found = surface_to_detector(none, width=16, height=8, matrix="bt709", full_range=False)
    assert found.shape == (0, 27, 48, 3)
    assert found.dtype == torch.uint8


def test_more_than_ten_bits_keep_their_top() -> None:
    """12-bit HEVC comes as P016 too; the lowest bits round into the same levels."""
    planes = waves(64, 36, 8)
    wide = Planes(planes.y << 4, planes.u << 4, planes.v << 4, 12)
    arguments = {"width": 64, "height": 36, "matrix": "bt709", "full_range": False}
    assert torch.equal(
        surface_to_detector(surface_of(wide)[None], **arguments),  # type: ignore[arg-type]
        surface_to_detector(surface_of(planes)[None], **arguments),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("named", "change"),
    [
        ("matrix", {"matrix": "rgb"}),
        ("width", {"width": 0}),
        ("width", {"width": 17}),
        ("height", {"height": 0}),
        ("height", {"height": 9}),
        ("surfaces", {"surfaces": torch.zeros(1, 12, 16)}),
        ("surfaces", {"surfaces": torch.zeros(1, 13, 16, dtype=torch.uint8)}),
        ("surfaces", {"surfaces": torch.zeros(12, 16, dtype=torch.uint8)}),
        ("surfaces", {"surfaces": torch.zeros(1, 16, 12, dtype=torch.uint8).mT}),
    ],
)
def test_a_bad_argument_is_named(named: str, change: dict[str, object]) -> None:
    good = {
        "surfaces": torch.zeros(1, 12, 16, dtype=torch.uint8),
        "width": 16,
        "height": 8,
        "matrix": "bt709",
        "full_range": False,
    }
    with pytest.raises(ValueError, match=rf"^{named}: "):
        surface_to_detector(**{**good, **change})  # type: ignore[arg-type]


def test_the_odd_column_of_chroma_has_to_be_there() -> None:
    with pytest.raises(ValueError, match=r"^width: "):
        surface_to_detector(
            torch.zeros(1, 12, 15, dtype=torch.uint8),
            width=15, height=8, matrix="bt709", full_range=False,
        )  # fmt: skip
