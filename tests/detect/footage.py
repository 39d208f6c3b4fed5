"""Small moving pictures without files, and how detectors are fed with them."""

from __future__ import annotations

import itertools

import numpy as np

from gpu_service.detect.base import Detector, Window
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames, UInt8Array


def scene(frames: int, seed: int, speed: float = 1.0) -> UInt8Array:
    """A smooth coloured pattern that moves by ``speed`` pixels a frame; a seed, a pattern."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:27, 0:48]
    moved = columns[None] + speed * np.arange(frames)[:, None, None]
    waves = [
        np.sin(moved / rng.uniform(3, 9) + rows[None] / rng.uniform(3, 9) + rng.uniform(0, 6))
        for _ in range(3)
    ]
    level = rng.uniform(60, 180, 3)
    rgb: UInt8Array = np.clip(level + 60 * np.stack(waves, axis=3), 0, 255).astype(np.uint8)
    return rgb


def as_chunks(rgb: UInt8Array, sizes: list[int]) -> list[DetectorFrames]:
    """The frames in chunks of these sizes; what is left over is the last chunk."""
    ends = np.minimum(np.cumsum([0, *sizes]), len(rgb))
    bounds = [*ends.tolist(), len(rgb)]
    return [
        DetectorFrames(rgb[first:end], np.arange(first, end, dtype=np.int64))
        for first, end in itertools.pairwise(bounds)
    ]


def items_of(detector: Detector, rgb: UInt8Array, sizes: list[int]) -> list[Window | Scores]:
    """What a detector's cutter makes of the frames."""
    cutter = detector.start()
    items: list[Window | Scores] = []
    for chunk in as_chunks(rgb, sizes):
        items += cutter.feed(chunk)
    return items + cutter.finish()


def scores_of(detector: Detector, items: list[Window | Scores]) -> Scores:
    """All scores, one window at a time."""
    parts = [item if isinstance(item, Scores) else detector.score([item])[0] for item in items]
    nothing = np.empty(0, np.float32)
    return Scores(
        np.concatenate([nothing, *(part.single for part in parts)]),
        np.concatenate([nothing, *(part.many for part in parts)]),
    )
