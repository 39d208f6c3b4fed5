"""Many frames scaled at once have the very pixels of the same frames scaled one by one."""

from __future__ import annotations

from itertools import islice

import av
import av.error
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.decode.scale import Scaler
from gpu_service.frames import UInt8Array
from tests.support.media import media

_LIMITED, _FULL = ColorRange.MPEG, ColorRange.JPEG
_BT601, _BT709, _YCGCO, _BT2020 = 6, 1, 8, 9


def one_by_one(frames: list[VideoFrame]) -> UInt8Array:
    scaler = Scaler()
    return np.stack([scaler.rgb(frame, 48, 27) for frame in frames])


def together(
    frames: list[VideoFrame], at_once: int = 5, scaler: BatchScaler | None = None
) -> UInt8Array:
    scaler = scaler or BatchScaler()
    found: list[UInt8Array] = []
    for at in range(0, len(frames), at_once):
        found += scaler.put(frames[at : at + at_once])
    return np.concatenate(found + scaler.end())


def drawn(pixels: UInt8Array, matrix: int = _BT601, colour_range: int = _LIMITED) -> VideoFrame:
    frame = av.VideoFrame.from_ndarray(pixels, "yuv420p")
    frame.colorspace, frame.color_range = matrix, colour_range
    return frame


def noise(
    seed: int, *, low: int = 16, high: int = 236, width: int = 96, height: int = 64
) -> UInt8Array:
    return np.random.default_rng(seed).integers(low, high, (height * 3 // 2, width), np.uint8)


def steps(seed: int, low: int, high: int, *, luma: int | None, chroma: int | None) -> UInt8Array:
    """Squares of two values, beside which bicubic weights overshoot; or all of one value."""
    choice = np.random.default_rng(seed).integers(0, 2, (12, 12))
    pixels = np.kron(np.where(choice, high, low), np.ones((8, 8))).astype(np.uint8)
    pixels[:64] = pixels[:64] if luma is None else luma
    pixels[64:] = pixels[64:] if chroma is None else chroma
    return pixels


@pytest.mark.parametrize(
    "name",
    ["testvideo.mp4", "goldeneye-vfr-drop3.mp4", "nasa_13013.mp4", "realshort.mp4", "av1_video.mkv",
     "h264_10bits.mp4", "h265_video.mp4", "Megamind.avi"],
)  # fmt: skip
def test_real_frames(name: str) -> None:
    with av.open(str(media(name)), mode="r") as container:
        frames = list(islice(container.decode(video=0), 24))
    assert np.array_equal(together(frames), one_by_one(frames))


@pytest.mark.parametrize("colour_range", [0, _LIMITED, _FULL])
@pytest.mark.parametrize("matrix", [_BT601, _BT709, _BT2020])
def test_every_matrix_and_range(matrix: int, colour_range: int) -> None:
    frames = [drawn(noise(seed), matrix, colour_range) for seed in range(4)]
    assert np.array_equal(together(frames), one_by_one(frames))


@pytest.mark.parametrize(("low", "high"), [(0, 120), (16, 235), (130, 255)])
@pytest.mark.parametrize(("luma", "chroma"), [(None, 90), (None, 128), (100, None), (None, None)])
@pytest.mark.parametrize("colour_range", [_LIMITED, _FULL])
def test_what_overshoots_the_range(
    colour_range: int, luma: int | None, chroma: int | None, low: int, high: int
) -> None:
    frames = [
        drawn(steps(seed, low, high, luma=luma, chroma=chroma), _BT709, colour_range)
        for seed in range(8)
    ]
    assert np.array_equal(together(frames), one_by_one(frames))


@pytest.mark.parametrize(
    ("width", "height"),
    [
        *((48, 27), (2, 2), (33, 19), (50, 26), (640, 8)),
        # To either side of where libswscale begins to go through a smaller picture.
        *((2040, 16), (2042, 16), (2048, 16), (16, 1146), (16, 1148)),
        *((2040, 1146), (2560, 1440), (3840, 2160)),
    ],
)
def test_any_size(width: int, height: int) -> None:
    frames = []
    for seed in range(3):
        frame = av.VideoFrame(width, height, "yuv420p")
        random = np.random.default_rng(seed)
        for plane in frame.planes:
            plane.update(random.bytes(plane.buffer_size))
        frames.append(frame)
    assert np.array_equal(together(frames), one_by_one(frames))


def test_frames_that_change_on_the_way_keep_their_order() -> None:
    yuv = drawn(noise(1))
    frames = [
        yuv, drawn(noise(2)), drawn(noise(3), _BT709), yuv.reformat(format="rgb24"),
        yuv.reformat(format="yuv444p"), drawn(noise(4, width=64)), drawn(noise(5, width=64)), yuv,
    ]  # fmt: skip
    assert np.array_equal(together(frames), one_by_one(frames))


def test_a_matrix_that_is_not_known_is_an_error() -> None:
    scaler = BatchScaler()
    with pytest.raises(av.error.FFmpegError):
        scaler.put([drawn(noise(1), _YCGCO)])
    frames = [drawn(noise(2))]
    assert np.array_equal(together(frames, scaler=scaler), one_by_one(frames))


@pytest.mark.parametrize("at_once", [1, 4, 7, 12, 40])
@pytest.mark.parametrize("count", [1, 11, 12, 13, 30])
def test_it_does_not_matter_how_many_are_put_in_at_once(count: int, at_once: int) -> None:
    frames = [drawn(noise(seed)) for seed in range(count)]
    assert np.array_equal(together(frames, at_once), one_by_one(frames))


def test_after_the_end_others_may_follow() -> None:
    scaler = BatchScaler()
    for first in (0, 5, 20):
        frames = [drawn(noise(first + seed)) for seed in range(first + 3)]
        assert np.array_equal(together(frames, scaler=scaler), one_by_one(frames))
    assert scaler.end() == []
