"""Frames scaled beside the decoder: in order, without a thread left, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from gpu_service.decode.one_decoder import downscaled
from gpu_service.decode.scale import Scaler


def frames(count: int, width: int = 64, height: int = 48) -> Iterator[tuple[int, VideoFrame]]:
    for number in range(count):
        shade = np.full((height, width, 3), number, np.uint8)
        yield number, av.VideoFrame.from_ndarray(shade, "rgb24").reformat(format="yuv444p")


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "downscale" in thread.name}


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 100])
def test_every_frame_comes_once_and_in_order(count: int) -> None:
    scaler = Scaler()
    expected = [scaler.rgb(frame, 48, 27) for _, frame in frames(count)]
    parts = list(downscaled(frames(count)))
    found = [frame for part in parts for frame in part.rgb]
    assert len(found) == count
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
    assert [note.packet for part in parts for note in part.notes] == list(range(count))
    assert not threads()


@pytest.mark.parametrize(
    ("width", "height", "held"),
    [(64, 48, 16 * 3), (640, 360, 4 * 3), (1280, 720, 3), (3840, 2160, 3)],
)
def test_few_frames_are_alive(width: int, height: int, held: int) -> None:
    taken = 0

    def counted() -> Iterator[tuple[int, VideoFrame]]:
        nonlocal taken
        for frame in frames(60, width, height):
            taken += 1
            yield frame

    given = 0
    most = 0
    for batch in downscaled(counted()):
        most = max(most, taken - given)
        given += len(batch.notes)
    assert given == 60
    assert most == held


def test_left_early_the_thread_ends() -> None:
    batches = downscaled(frames(200))
    next(batches)
    assert threads()
    batches.close()  # type: ignore[attr-defined]
    assert not threads()


def test_a_source_that_fails_is_heard_and_the_thread_ends() -> None:
    def failing() -> Iterator[tuple[int, VideoFrame]]:
        yield from frames(20)
        raise OSError("the source is gone")

    with pytest.raises(OSError, match="the source is gone"):
        list(downscaled(failing()))
    assert not threads()
