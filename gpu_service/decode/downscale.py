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

_PIXELS_AHEAD = 8 * _BATCH_PIXELS
"""May wait for the scaler: it is to find work whenever the decoder leaves it a core (measured: a
queue of 8 frames and not 2 makes a scan of 1280×720 on two cores 4 % faster)."""

_FRAMES_AHEAD = 32
_LEAST_BATCHES_AHEAD = 2


def downscaled(frames: Iterable[VideoFrame]) -> Iterator[UInt8Array]:
    """The frames as ``(N, 27, 48, 3)`` uint8, in order, some at a time.

    One thread scales, while the caller's decodes; it ends with the iterator.

    :raises av.error.FFmpegError: for a pixel format that can't be converted.
    """
    scaler = BatchScaler()
    pending: deque[Future[UInt8Array]] = deque()
    with ThreadPoolExecutor(1, "downscale") as worker:
        for batch in _batches(frames):
            ahead = _batches_ahead(batch)
            pending.append(worker.submit(_scale, scaler, batch))
            del batch
            while len(pending) > ahead:
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


def _batches_ahead(batch: list[VideoFrame]) -> int:
    frames = min(_FRAMES_AHEAD, _PIXELS_AHEAD // (batch[0].width * batch[0].height))
    return max(_LEAST_BATCHES_AHEAD, frames // len(batch))


def _scale(scaler: BatchScaler, batch: list[VideoFrame]) -> UInt8Array:
    scaled = scaler.rgb(batch)
    # The thread may keep hold of its last task until the next one.
    batch.clear()
    return scaled
