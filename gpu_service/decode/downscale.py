"""Decoded frames to the event model's size, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from av.video.frame import PictureType, VideoFrame

from gpu_service.decode.batch_scale import BATCH_PIXELS, BatchScaler
from gpu_service.frames import UInt8Array

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


def batches(frames: Iterable[tuple[int, VideoFrame]], most: int) -> Iterator[Batch]:
    """A large frame, or several smaller ones, which are not worth being handed over one by one.

    :param most: frames.
    """
    batch: Batch = []
    pixels = 0
    for packet, frame in frames:
        batch.append((packet, frame))
        pixels += frame.width * frame.height
        if pixels >= BATCH_PIXELS or len(batch) == most:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


class Downscaler:
    """Frames go in, and come out at the model's size, in order, some of them later.

    :raises av.error.FFmpegError: by its methods, for a pixel format that can't be converted. It is of
        no use then.
    """

    def __init__(self) -> None:
        self._scaler = BatchScaler()
        self._notes: list[FrameNote] = []
        """Of frames that have not come out."""

    def put(self, batch: Batch) -> list[Downscaled]:
        """Scale a batch, which is empty afterwards: whoever made it may keep hold of it."""
        self._notes += [_note(packet, frame) for packet, frame in batch]
        frames = [frame for _, frame in batch]
        batch.clear()
        return [self._noted(rgb) for rgb in self._scaler.put(frames)]

    def end(self) -> list[Downscaled]:
        """The rest."""
        return [self._noted(rgb) for rgb in self._scaler.end()]

    def _noted(self, rgb: UInt8Array) -> Downscaled:
        notes = self._notes[: len(rgb)]
        del self._notes[: len(rgb)]
        return Downscaled(notes, rgb)


def _note(packet: int, frame: VideoFrame) -> FrameNote:
    is_b = frame.pict_type == PictureType.B
    return FrameNote(packet, frame.dts, frame.duration, bool(frame.is_corrupt), is_b)
