"""Decoded frames to the event model's size, while the next ones are being decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from av.video.frame import VideoFrame

from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.frames import UInt8Array

_BATCH_PIXELS = 1280 * 720
"""Handed over at once, so that small frames do not cost more to hand over than to scale."""

_MAX_BATCH_FRAMES = 16

_BATCHES_AHEAD = 2
"""Enough for the decoder to go on; more would only hold more frames."""


def downscaled(frames: Iterable[VideoFrame]) -> Iterator[UInt8Array]:
    """The frames as ``(N, 27, 48, 3)`` uint8, in order, some at a time.

    One thread scales, while the caller's decodes; it ends with the iterator.

    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    scaler = BatchScaler()
    pending: deque[Future[UInt8Array]] = deque()
    with ThreadPoolExecutor(1, "downscale") as worker:
        for batch in _batches(frames):
            pending.append(worker.submit(_scale, scaler, batch))
            del batch
            if len(pending) > _BATCHES_AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _batches(frames: Iterable[VideoFrame]) -> Iterator[list[VideoFrame]]:
    batch: list[VideoFrame] = []
    pixels = 0
    for frame in frames:
        batch.append(frame)
        pixels += frame.width * frame.height
        if pixels >= _BATCH_PIXELS or len(batch) == _MAX_BATCH_FRAMES:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _scale(scaler: BatchScaler, batch: list[VideoFrame]) -> UInt8Array:
    scaled = scaler.rgb(batch)
    # The thread may keep hold of its last task until the next one.
    batch.clear()
    return scaled
