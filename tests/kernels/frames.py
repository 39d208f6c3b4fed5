"""Planes of a picture, as the frame that ffmpeg converts and as the surface that a GPU decodes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from gpu_service.frames import UInt8Array

COLORSPACES = {"bt709": 1, "fcc": 4, "bt601": 5, "smpte240m": 7, "bt2020": 9}
"""ITU-T H.273's numbers, which PyAV's frames take."""

Samples = NDArray[np.int64]


@dataclass(frozen=True)
class Planes:
    """Y, and U and V of half its size, rounded up."""

    y: Samples
    u: Samples
    v: Samples
    bits: int

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])


def planes_of(frame: VideoFrame) -> Planes:
    """Of a decoded 4:2:0 frame."""
    bits = 10 if "10" in frame.format.name else 8
    chroma_height, chroma_width = (frame.height + 1) // 2, (frame.width + 1) // 2

    def samples(place: int, height: int, width: int) -> Samples:
        plane = frame.planes[place]
        data: NDArray[Any] = np.frombuffer(bytes(plane), np.uint16 if bits == 10 else np.uint8)
        rows = data.reshape(-1, plane.line_size // data.itemsize)
        return rows[:height, :width].astype(np.int64)

    return Planes(
        samples(0, frame.height, frame.width),
        samples(1, chroma_height, chroma_width),
        samples(2, chroma_height, chroma_width),
        bits,
    )


def noise(width: int, height: int, bits: int, seed: int = 0) -> Planes:
    """Every sample anything at all."""
    random = np.random.default_rng(seed)
    chroma = (height + 1) // 2, (width + 1) // 2
    y, u, v = (random.integers(0, 1 << bits, shape) for shape in ((height, width), chroma, chroma))
    return Planes(y, u, v, bits)


def waves(width: int, height: int, bits: int) -> Planes:
    """Colours that change slowly, over half of the levels."""

    def wave(rows: int, columns: int, phase: int) -> Samples:
        down, across = np.mgrid[:rows, :columns]
        height = np.sin(down / rows * 5 + phase) * np.cos(across / columns * 4 + 2 * phase)
        levels: Samples = ((0.25 * height + 0.5) * ((1 << bits) - 1)).astype(np.int64)
        return levels

    chroma = (height + 1) // 2, (width + 1) // 2
    return Planes(wave(height, width, 0), wave(*chroma, 1), wave(*chroma, 2), bits)


def video_frame(planes: Planes, matrix: str, full_range: bool) -> VideoFrame:
    """Tagged, for libav to convert."""
    name = "yuv420p10le" if planes.bits == 10 else "yuv420p"
    frame = VideoFrame(planes.width, planes.height, name)
    sample = np.uint16 if planes.bits == 10 else np.uint8
    for plane, samples in zip(frame.planes, (planes.y, planes.u, planes.v), strict=True):
        rows = np.zeros((plane.buffer_size // plane.line_size, plane.line_size), np.uint8)
        rows = rows.view(sample)
        rows[: samples.shape[0], : samples.shape[1]] = samples
        plane.update(rows.tobytes())
    tagged: Any = frame
    tagged.colorspace = COLORSPACES[matrix]
    tagged.color_range = 2 if full_range else 1
    return frame


def surface_of(planes: Planes, *, pitch: int | None = None, spare_rows: int = 0) -> Tensor:
    """NV12 or P016; every sample that is not the picture's has all its bits set.

    :param spare_rows: luma rows below the picture; an even number.
    """
    chroma_rows, chroma_columns = planes.u.shape
    luma_rows = planes.height + spare_rows
    rows = luma_rows + (luma_rows + 1) // 2
    sample = np.uint16 if planes.bits > 8 else np.uint8
    surface = np.full((rows, pitch or 2 * chroma_columns), np.iinfo(sample).max, sample)
    shift = 16 - planes.bits if planes.bits > 8 else 0
    surface[: planes.height, : planes.width] = planes.y << shift
    chroma = surface[luma_rows : luma_rows + chroma_rows]
    chroma[:, 0 : 2 * chroma_columns : 2] = planes.u << shift
    chroma[:, 1 : 2 * chroma_columns : 2] = planes.v << shift
    return torch.from_numpy(surface)


def surfaces_of(
    pictures: Sequence[Planes],
    *,
    pitch: int | None = None,
    spare_rows: int = 0,
    rows_apart: int = 0,
    surfaces_apart: int = 0,
) -> Tensor:
    """A batch, see :func:`surface_of`; all between its rows and surfaces has all bits set.

    :param rows_apart: samples from the end of a row to the next.
    :param surfaces_apart: such rows from the end of a surface to the next.
    """
    surfaces = [surface_of(one, pitch=pitch, spare_rows=spare_rows) for one in pictures]
    rows, columns = surfaces[0].shape
    shape = (len(surfaces), rows + surfaces_apart, columns + rows_apart)
    sample = np.uint16 if surfaces[0].dtype == torch.uint16 else np.uint8
    memory = torch.from_numpy(np.full(shape, np.iinfo(sample).max, sample))
    batch = memory[:, :rows, :columns]
    for place, surface in zip(batch, surfaces, strict=True):
        place.copy_(surface)
    return batch


def difference(found: Tensor, expected: UInt8Array) -> NDArray[np.int64]:
    """In levels, for each sample."""
    apart: NDArray[np.int64] = np.abs(found.numpy().astype(np.int64) - expected)
    return apart
