"""Decoded frames to the event model's size, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from av.video.frame import PictureType, VideoFrame

from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.frames import UInt8Array

_BATCH_PIXELS = 2 * 1280 * 720
"""Handed over at once, so that small frames do not cost more to hand over than to scale."""

_MAX_BATCH_FRAMES = 12

Batch: TypeAlias = "list[tuple[int, VideoFrame]]"
"""Frames with the numbers of their packets."""


@dataclass(frozen=True, slots=True)
class FrameNote:
    """What is said of a frame that is gone itself.

    :param packet: the number of the one it was decoded from.
    :param dts: in the stream's time base, None where the container has none.
    :param duration: in the stream's time base, 0 where the container has none.
    """

    packet: int
    dts: int | None
    duration: int
    is_corrupt: bool
    is_b: bool


@dataclass(frozen=True, slots=True)
class Downscaled:
    """Frames that follow each other.

    :param rgb: ``(len(notes), 27, 48, 3)`` uint8, full range.
    """

    notes: list[FrameNote]
    rgb: UInt8Array


def batches(frames: Iterable[tuple[int, VideoFrame]]) -> Iterator[Batch]:
    """As many frames at once as are worth it."""
    batch: Batch = []
    pixels = 0
    for packet, frame in frames:
        batch.append((packet, frame))
        pixels += frame.width * frame.height
        if pixels >= _BATCH_PIXELS or len(batch) == _MAX_BATCH_FRAMES:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def downscale(scaler: BatchScaler, batch: Batch) -> Downscaled:
    """Scale a batch, which is empty afterwards: whoever made it may keep hold of it.

    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    rgb = scaler.rgb([frame for _, frame in batch])
    notes = [_note(packet, frame) for packet, frame in batch]
    batch.clear()
    return Downscaled(notes, rgb)


def _note(packet: int, frame: VideoFrame) -> FrameNote:
    is_b = frame.pict_type == PictureType.B
    return FrameNote(packet, frame.dts, frame.duration, bool(frame.is_corrupt), is_b)
