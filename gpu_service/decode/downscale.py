"""Decoded frames to the event model's size, while the next ones are being decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from av.video.frame import PictureType, VideoFrame

from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.frames import UInt8Array

_BATCH_PIXELS = 1280 * 720
"""Handed over at once, so that small frames do not cost more to hand over than to scale."""

_MAX_BATCH_FRAMES = 16

_BATCHES_AHEAD = 2
"""Enough for the decoder to go on; more would only hold more frames."""

Batch = list[tuple[int, VideoFrame]]
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


def downscaled(frames: Iterable[tuple[int, VideoFrame]]) -> Iterator[Downscaled]:
    """The frames at the model's size, in order, some at a time.

    One thread scales, while the caller's decodes; it ends with the iterator.

    :param frames: with the numbers of their packets.
    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    scaler = BatchScaler()
    pending: deque[Future[Downscaled]] = deque()
    with ThreadPoolExecutor(1, "downscale") as worker:
        for batch in batches(frames):
            pending.append(worker.submit(downscale, scaler, batch))
            del batch
            if len(pending) > _BATCHES_AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


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
    """Scale a batch, which is empty afterwards: a thread may keep hold of its last task.

    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    rgb = scaler.rgb([frame for _, frame in batch])
    notes = [_note(packet, frame) for packet, frame in batch]
    batch.clear()
    return Downscaled(notes, rgb)


def _note(packet: int, frame: VideoFrame) -> FrameNote:
    is_b = frame.pict_type == PictureType.B
    return FrameNote(packet, frame.dts, frame.duration, bool(frame.is_corrupt), is_b)
