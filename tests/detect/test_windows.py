from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.detect.windows import Window, WindowStream
from gpu_service.frames import UInt8Array


def numbered(count: int, start: int = 0) -> UInt8Array:
    """Frames of one pixel that carry their number in two channels."""
    numbers = np.arange(start, start + count)
    pixels = np.stack([numbers % 251, numbers // 251, np.zeros(count, np.int64)], axis=1)
    return pixels.astype(np.uint8).reshape(count, 1, 1, 3)


def numbers_of(window: Window) -> list[int]:
    pixels = window.rgb[:, 0, 0].astype(int)
    return [int(low + 251 * high) for low, high, _ in pixels]


def expected(count: int) -> list[list[int]]:
    """The protocol, spelt out: entry k of window w is frame 50 w + k - 25, clamped to the video."""
    return [
        [min(max(50 * window + entry - 25, 0), count - 1) for entry in range(100)]
        for window in range(-(-count // 50))
    ]


@pytest.mark.parametrize("count", [1, 2, 25, 49, 50, 51, 74, 75, 76, 99, 100, 101, 149, 150, 333])
def test_windows_are_those_of_the_official_protocol(count: int) -> None:
    stream = WindowStream()

    windows = stream.feed(numbered(count)) + stream.finish()

    assert [numbers_of(window) for window in windows] == expected(count)
    assert sum(window.kept for window in windows) == count
    assert all(window.kept == 50 for window in windows[:-1])


@given(st.lists(st.integers(0, 130), max_size=8))
def test_how_the_frames_are_chunked_changes_nothing(chunks: list[int]) -> None:
    stream = WindowStream()
    windows: list[Window] = []
    start = 0
    for size in chunks:
        windows += stream.feed(numbered(size, start))
        start += size
    windows += stream.finish()

    assert [numbers_of(window) for window in windows] == (expected(start) if start else [])
    assert sum(window.kept for window in windows) == start


def test_a_window_comes_as_soon_as_its_last_frame_is_there() -> None:
    stream = WindowStream()

    assert stream.feed(numbered(74)) == []
    assert len(stream.feed(numbered(1, 74))) == 1
    assert stream.feed(numbered(49, 75)) == []
    assert len(stream.feed(numbered(1, 124))) == 1


def test_a_finished_stream_starts_afresh() -> None:
    stream = WindowStream()
    stream.feed(numbered(10, 500))
    stream.finish()

    windows = stream.feed(numbered(60)) + stream.finish()

    assert [numbers_of(window) for window in windows] == expected(60)
