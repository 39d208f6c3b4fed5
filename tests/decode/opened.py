"""A video opened and scanned, for tests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np

from gpu_service.decode.cpu import CpuDecoder, open_video
from gpu_service.frames import UInt8Array


@contextmanager
def opened(video: Path | bytes, name: str = "clip") -> Iterator[CpuDecoder]:
    """Open a file, or bytes."""
    data = video if isinstance(video, bytes) else video.read_bytes()
    decoder = open_video(cast("io.RawIOBase", io.BytesIO(data)), name)
    try:
        yield decoder
    finally:
        decoder.close()


@contextmanager
def scanned(video: Path | bytes, name: str = "clip") -> Iterator[CpuDecoder]:
    """Open and scan."""
    with opened(video, name) as decoder:
        scan(decoder)
        yield decoder


def scan(decoder: CpuDecoder, chunk_frames: int = 64) -> UInt8Array:
    """All detector frames."""
    return np.concatenate([chunk.rgb for chunk in decoder.scan(chunk_frames)])
