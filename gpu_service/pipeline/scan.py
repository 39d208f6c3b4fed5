"""The one pass over a video: decode in a worker thread, score what is decoded, at once."""

from __future__ import annotations

from dataclasses import dataclass

import anyio
import anyio.from_thread
import numpy as np
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from gpu_service.decode.base import VideoDecoder
from gpu_service.detect.base import Detection, Detector
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.threads import in_thread
from gpu_service.timeline import FrameTimes
from gpu_service.trace import Trace

_CHUNK_FRAMES = 64
_CHUNKS_AHEAD = 8
"""Decoded ahead of the model: 8 chunks of 64 frames of 3,888 bytes, 2 MB."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A video's timeline and what the model says of each frame of it."""

    times: FrameTimes
    scores: Scores


async def scan(decoder: VideoDecoder, detector: Detector, trace: Trace) -> Scanned:
    """Decode and score the whole video.

    :raises InputError: as the decoder's ``scan``.
    """
    send, receive = anyio.create_memory_object_stream[DetectorFrames](_CHUNKS_AHEAD)
    parts: list[Scores] = []
    async with task_group() as group:
        group.start_soon(_decode, decoder, send, trace)
        detection = detector.start()
        async with receive:
            await _score(receive, detection, parts, decoder.declared_frames, trace)
    scores = Scores(
        np.concatenate([part.single for part in parts]),
        np.concatenate([part.many for part in parts]),
    )
    return Scanned(decoder.times(), scores)


async def _decode(
    decoder: VideoDecoder, send: MemoryObjectSendStream[DetectorFrames], trace: Trace
) -> None:
    def work() -> None:
        chunks = decoder.scan(_CHUNK_FRAMES)
        while True:
            with trace.span("decode"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            anyio.from_thread.run(send.send, chunk)

    async with send:
        await in_thread(work)


async def _score(
    receive: MemoryObjectReceiveStream[DetectorFrames],
    detection: Detection,
    parts: list[Scores],
    total: int | None,
    trace: Trace,
) -> None:
    def feed(frames: DetectorFrames) -> Scores:
        with trace.span("detect"):
            return detection.feed(frames)

    def finish() -> Scores:
        with trace.span("detect"):
            return detection.finish()

    done = 0
    async for frames in receive:
        parts.append(await in_thread(feed, frames))
        done += len(parts[-1])
        trace.progress("detect", done=done, total=total, unit="frames")
    parts.append(await in_thread(finish))
