"""Many frames to the event model's size at once: the bits of the one-by-one way, sooner."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

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

_FEW = 8
"""Fewer, where there were more before, are not worth filters of their own: an end has come."""

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
    """

    def __init__(self) -> None:
        self._one_by_one = Scaler()
        self._chain: _Chain | None = None

    def rgb(self, frames: Sequence[VideoFrame]) -> UInt8Array:
        """The frames, one or more, as ``(N, 27, 48, 3)`` uint8, full range.

        Quickest where they are all alike, and as many as the time before.

        :raises av.error.FFmpegError: for a pixel format that can't be converted.
        """
        parts = [self._alike(kind, list(run)) for kind, run in groupby(frames, _kind)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _alike(self, kind: _Kind, frames: list[VideoFrame]) -> UInt8Array:
        if kind[0] not in _PIXELS:
            return self._singles(frames)
        last = self._chain
        if last is not None and last.key[0] == kind and len(frames) < min(_FEW, last.key[1]):
            return self._singles(frames)
        # After an error, frames would be left in it.
        chain, self._chain = self._chain, None
        if chain is None or chain.key != (kind, len(frames)):
            chain = _Chain(kind, len(frames))
        rgb, cut_off = chain.scale(frames)
        self._chain = chain
        for place in np.flatnonzero(cut_off):
            rgb[place] = self._single(frames[place])
        return rgb

    def _singles(self, frames: list[VideoFrame]) -> UInt8Array:
        return np.stack([self._single(frame) for frame in frames])

    def _single(self, frame: VideoFrame) -> UInt8Array:
        return self._one_by_one.rgb(frame, DETECTOR_WIDTH, DETECTOR_HEIGHT)


class _Chain:
    """Filters for ``count`` frames of one kind."""

    def __init__(self, kind: _Kind, count: int) -> None:
        self.key = (kind, count)
        pixels, width, height, matrix, colour_range = kind
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
        path = (source, small, graph.add("format", "yuv422p"), graph.add("tile", f"1x{count}"))
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

    def scale(self, frames: list[VideoFrame]) -> tuple[UInt8Array, npt.NDArray[np.bool_]]:
        """``(N, 27, 48, 3)``, and which of the N have pixels that were cut off."""
        for frame in frames:
            self._source.push(frame)
        luma = _rows(self._yuv, len(frames), DETECTOR_WIDTH)
        rgb = _rows(self._rgb, len(frames), 3 * DETECTOR_WIDTH)
        rgb = rgb.reshape(*luma.shape, 3)
        return rgb, _cut_off(luma, rgb)


def _kind(frame: VideoFrame) -> _Kind:
    """What frames must have in common to pass through the same filters."""
    name = frame.format.name
    return name, frame.width, frame.height, int(frame.colorspace), int(frame.color_range)


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
    if luma.max() == 255:
        found |= ((luma == 255) & (rgb.min(-1) < 255)).any((1, 2))
    if luma.min() == 0:
        found |= ((luma == 0) & (rgb.max(-1) > 0)).any((1, 2))
    return found
