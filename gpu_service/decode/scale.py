"""Decoded frames to RGB of a given size, to the bit as the ffmpeg command line does it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from gpu_service.frames import UInt8Array

_ANY_TIME_BASE = Fraction(1, 1000)
"""Frames pass one by one; the graph has to be told something."""

_CHANNELS = 3


class Scaler:
    """libav's ``scale`` filter with its default, bicubic; set up anew when the frames change.

    The filter, and not a bare swscale context, since the event model's reference scores were made
    with it; it takes chroma to lie amid its luma samples, whatever the video says. Matrix (BT.601, 709, 2020…) and
    range (limited, full) are those that the frame is tagged with. An untagged frame is taken as
    BT.601, limited range, whatever its size, which is what ffmpeg does. The result has full range.

    At a frame's own size chroma is repeated, not interpolated, for 8 bits and an even height: the
    mean over a 2×2 block, which a 4:2:0 JPEG takes again, then gives back the very chroma of the
    video.

    :raises av.error.FFmpegError: by :meth:`rgb`, for a pixel format that can't be converted.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._graph: Graph | None = None
        self._source: Any = None
        self._sink: Any = None

    def rgb(self, frame: VideoFrame, width: int, height: int) -> UInt8Array:
        """The frame as ``(height, width, 3)`` uint8, full range; a view that owns its pixels."""
        colours = (frame.colorspace, frame.color_range)
        key = (frame.width, frame.height, frame.format.name, *colours, width, height)
        if key != self._key:
            self._set_up(frame, width, height)
            self._key = key
        self._source.push(frame)
        plane: Any = self._sink.pull().planes[0]
        rows: UInt8Array = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)
        return rows[:, : width * _CHANNELS].reshape(height, width, _CHANNELS)

    def _set_up(self, frame: VideoFrame, width: int, height: int) -> None:
        graph = Graph()
        # Other threads have enough to do with decoding.
        graph.threads = 1
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=_ANY_TIME_BASE,
        )
        sink = graph.add("buffersink")
        graph.link_nodes(
            source,
            graph.add("scale", f"w={width}:h={height}:flags=bicubic"),
            graph.add("format", "rgb24"),
            sink,
        ).configure()
        # The two ends know the graph by a weak reference only.
        self._graph, self._source, self._sink = graph, source, sink
