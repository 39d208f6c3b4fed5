"""One decoder, and a thread that scales what it has given while it decodes the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from av.video.frame import VideoFrame

from gpu_service.decode.batch_scale import BatchScaler
from gpu_service.decode.downscale import Downscaled, batches, downscale

_BATCHES_AHEAD = 2
"""Enough for the decoder to go on; more would only hold more frames."""


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
