"""Many frames to the event model's size at once: the bits of the one-by-one way, sooner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import Any

import av.error
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.frame import VideoFrame

from gpu_service.decode.scale import Scaler
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, UInt8Array

_ANY_TIME_BASE = Fraction(1, 1000)
"""Frames pass one by one; the graph has to be told something."""

_PIXELS = {"yuv420p", "yuvj420p"}
"""What nearly every video has. A deeper one is dithered on the way to 8-bit YUV."""

_MOST_WIDTH, _MOST_HEIGHT = 2040, 1146
"""Beyond, a filter that is asked for ``accurate_rnd`` has more than 170 weights, for which libswscale
has no room: it goes through a smaller picture, and its pixels are others."""

BATCH_PIXELS = 2 * 1280 * 720
"""Of frames that are turned into RGB together."""

MAX_BATCH_FRAMES = 12

_Kind = tuple[str, int, int, int, int]


class BatchScaler:
    """The pixels of :class:`~gpu_service.decode.scale.Scaler` at 48×27, to the bit.

    On its way to RGB, libswscale sums up the lines of a picture in plain C; on the way to 8-bit YUV
    it has SIMD for that, with the same sums and rounding when it is asked for ``accurate_rnd``. So
    frames are scaled to YUV 4:2:2, which has the chroma samples that RGB would be made of, put
    below one another, and turned into RGB, without scaling, all at once. That saves a quarter of
    the processor's time at 1280×720, and a third at 480×320 (measured).

    The two ways differ where the luma of a pixel leaves 0…255, beside an edge: in YUV it is cut
    off there, on the way to RGB only behind the matrix. Frames with such a pixel are scaled again,
    one by one. (Chroma is cut off both ways.)

    Frames come out in the order in which they were put in.
    """

    def __init__(self) -> None:
        self._one_by_one = Scaler()
        self._chain: _Chain | None = None

    def put(self, frames: Sequence[VideoFrame]) -> list[UInt8Array]:
        """Scale these; what is finished by now, each ``(N, 27, 48, 3)`` uint8, full range.

        Quickest where all frames are alike.

        :raises av.error.FFmpegError: for a pixel format that can't be converted.
        """
        found: list[UInt8Array] = []
        for kind, run in groupby(frames, _kind):
            if self._chain is not None and self._chain.kind != kind:
                found += self.end()
                self._chain = None
            if _goes_together(kind):
                found += self._together(kind, run)
            else:
                found.append(np.stack([self._single(frame) for frame in run]))
        return found

    def end(self) -> list[UInt8Array]:
        """The rest, at most one array; others may follow."""
        chain = self._chain
        if chain is None or not chain.frames:
            return []
        waiting = len(chain.frames)
        # New filters would cost more than to scale one frame several times.
        padding = [chain.frames[-1]] * (chain.count - waiting)
        return [rgb[:waiting].copy() for rgb in self._together(chain.kind, padding)]

    def _together(self, kind: _Kind, frames: Iterable[VideoFrame]) -> list[UInt8Array]:
        # After an error, frames would be left in it.
        chain, self._chain = self._chain or _Chain(kind), None
        found = []
        for frame in frames:
            chain.put(frame)
            if len(chain.frames) == chain.count:
                found.append(self._taken(chain))
        if chain.frames:
            chain.scale()
        self._chain = chain
        return found

    def _taken(self, chain: _Chain) -> UInt8Array:
        frames = chain.frames
        rgb, cut_off = chain.take()
        for place in np.flatnonzero(cut_off):
            rgb[place] = self._single(frames[place])
        return rgb

    def _single(self, frame: VideoFrame) -> UInt8Array:
        return self._one_by_one.rgb(frame, DETECTOR_WIDTH, DETECTOR_HEIGHT)


class _Chain:
    """Filters for frames of one kind.

    :ivar count: so many come out at once.
    :ivar frames: that are in it.
    """

    def __init__(self, kind: _Kind) -> None:
        self.kind = kind
        pixels, width, height, matrix, colour_range = kind
        self.count = min(ceil(BATCH_PIXELS / (width * height)), MAX_BATCH_FRAMES)
        self.frames: list[VideoFrame] = []
        graph = Graph()
        # Other threads have enough to do with decoding.
        graph.threads = 1
        # Told of the colours, the filters keep them up to the matrix.
        source = graph.add(
            "buffer",
            video_size=f"{width}x{height}",
            pix_fmt=pixels,
            time_base=str(_ANY_TIME_BASE),
            colorspace=str(matrix),
            range=str(colour_range),
        )
        small = graph.add(
            "scale",
            f"w={DETECTOR_WIDTH}:h={DETECTOR_HEIGHT}:flags=bicubic+accurate_rnd",
        )
        # In the order of their flow: formats are agreed on in that order, and in half the time.
        path = (source, small, graph.add("format", "yuv422p"), graph.add("tile", f"1x{self.count}"))
        fork = graph.add("split")
        to_rgb = graph.add("scale", "flags=accurate_rnd")
        rgb24 = graph.add("format", "rgb24")
        self._yuv, self._rgb = graph.add("buffersink"), graph.add("buffersink")
        graph.link_nodes(*path, fork)
        fork.link_to(to_rgb, 0)
        fork.link_to(self._yuv, 1)
        graph.link_nodes(to_rgb, rgb24, self._rgb).configure()
        # The ends know the graph by a weak reference only.
        self._graph, self._source = graph, source

    def put(self, frame: VideoFrame) -> None:
        """One more."""
        self.frames.append(frame)
        self._source.push(frame)

    def scale(self) -> None:
        """What was put in, though there are not enough to come out."""
        with suppress(av.error.BlockingIOError):
            self._yuv.pull()

    def take(self) -> tuple[UInt8Array, npt.NDArray[np.bool_]]:
        """``count`` frames, ``(count, 27, 48, 3)``; and which have pixels that were cut off."""
        luma = _rows(self._yuv, self.count, DETECTOR_WIDTH)
        rgb = _rows(self._rgb, self.count, 3 * DETECTOR_WIDTH)
        rgb = rgb.reshape(*luma.shape, 3)
        self.frames = []
        return rgb, _cut_off(luma, rgb)


def _kind(frame: VideoFrame) -> _Kind:
    """What frames must have in common to pass through the same filters."""
    name = frame.format.name
    return name, frame.width, frame.height, int(frame.colorspace), int(frame.color_range)


def _goes_together(kind: _Kind) -> bool:
    pixels, width, height, _, _ = kind
    return pixels in _PIXELS and width <= _MOST_WIDTH and height <= _MOST_HEIGHT


def _rows(sink: Any, count: int, row_bytes: int) -> UInt8Array:
    """``(count, 27, row_bytes)`` of the first plane that waits there; a view that owns it."""
    plane = sink.pull().planes[0]
    rows: UInt8Array = np.frombuffer(plane, np.uint8)
    return rows.reshape(count, DETECTOR_HEIGHT, plane.line_size)[:, :, :row_bytes]


def _cut_off(luma: UInt8Array, rgb: UInt8Array) -> npt.NDArray[np.bool_]:
    """Which pictures have a luma at the end of its range that shows.

    A larger one makes white of what is white already, and a smaller one black of black.
    """
    found = np.zeros(len(rgb), bool)
    # Channel by channel: NumPy is slow along an axis of three.
    if luma.max() == 255:
        for channel in range(3):
            found |= ((luma == 255) & (rgb[..., channel] < 255)).any((1, 2))
    if luma.min() == 0:
        for channel in range(3):
            found |= ((luma == 0) & (rgb[..., channel] > 0)).any((1, 2))
    return found
