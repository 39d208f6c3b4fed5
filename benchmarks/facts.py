"""What is known of a video without the service's help."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Counted by decoding the video stream that libav finds best.

    :param frame_seconds: the mean.
    :param even_frame_seconds: of the even rate to which the ffmpeg command line repeats and drops
        frames when it writes raw video.
    """

    frames: int
    frame_seconds: float
    even_frame_seconds: float


@cache
def facts_of(path: Path) -> VideoFacts:
    """Decode the whole video once; kept for the process."""
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        if stream is None or stream.time_base is None:
            raise ValueError(f"{path.name} has no video stream")
        pts = [frame.pts for frame in container.decode(stream) if frame.pts is not None]
        seconds = float((max(pts) - min(pts)) * stream.time_base)
        rate = stream.base_rate or stream.average_rate
    mean = seconds / max(1, len(pts) - 1)
    return VideoFacts(len(pts), mean, float(1 / rate) if rate else mean)
