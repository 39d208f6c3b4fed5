"""A video opened and scanned, for tests."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import CpuDecoder, open_video
from gpu_service.frames import Picture, UInt8Array


@contextmanager
def opened(
    video: Path | bytes, name: str = "clip", *, packets: ByteBudget | None = None
) -> Iterator[CpuDecoder]:
    """Open a file, or bytes."""
    data = video if isinstance(video, bytes) else video.read_bytes()
    decoder = open_video(cast("io.RawIOBase", io.BytesIO(data)), name, packets=packets)
    try:
        yield decoder
    finally:
        decoder.close()


@contextmanager
def scanned(
    video: Path | bytes, name: str = "clip", *, packets: ByteBudget | None = None
) -> Iterator[CpuDecoder]:
    """Open and scan."""
    with opened(video, name, packets=packets) as decoder:
        scan(decoder)
        yield decoder


def scan(decoder: CpuDecoder, chunk_frames: int = 64) -> UInt8Array:
    """All detector frames."""
    return np.concatenate([chunk.rgb for chunk in decoder.scan(chunk_frames)])


def picture_at(decoder: CpuDecoder, pts: int) -> Picture:
    """The picture, which must come."""
    picture = decoder.picture(pts)
    assert isinstance(picture, Picture)
    return picture


def pictures_at(decoder: CpuDecoder, pts: Iterable[int]) -> list[Picture]:
    """The pictures, which must all come."""
    return [picture_at(decoder, value) for value in pts]
