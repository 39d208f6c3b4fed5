"""The model over one video's frames, batched as it likes best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.figures import WrongResultsError
from gpu_service.detect.base import Detector, Window
from gpu_service.detect.detector import load_detector
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames
from gpu_service.settings import DetectSettings


@dataclass(frozen=True, slots=True)
class ModelRates:
    """One pass.

    :param scored_share: of the frames, those that the model had to score.
    """

    frames_a_second: float
    windows_a_batch: float
    scored_share: float


def model_rates(chunks: Sequence[DetectorFrames], mode: Literal["fast", "reference"]) -> ModelRates:
    """Cut and score every frame; loading and the first window, a warm-up, are not counted."""
    detector = load_detector(DetectSettings(detect_mode=mode), "cpu")
    _pass(detector, chunks[:4])
    start = time.perf_counter()
    frames, scored, batches, windows = _pass(detector, chunks)
    seconds = time.perf_counter() - start
    if frames != sum(map(len, chunks)):
        raise WrongResultsError(f"{frames} frames scored of {sum(map(len, chunks))}")
    return ModelRates(frames / seconds, windows / max(1, batches), scored / frames)


def _pass(model: Detector, chunks: Sequence[DetectorFrames]) -> tuple[int, int, int, int]:
    """Frames, those scored by the model, batches, windows."""
    cutter = model.start()
    frames = scored = batches = windows = 0
    waiting: list[Window] = []
    for items in (*(cutter.feed(chunk) for chunk in chunks), cutter.finish()):
        for item in items:
            if isinstance(item, Scores):
                frames += len(item)
            else:
                waiting.append(item)
        while len(waiting) >= model.batch_windows:
            batch, waiting = waiting[: model.batch_windows], waiting[model.batch_windows :]
            scored += sum(map(len, model.score(batch)))
            batches, windows = batches + 1, windows + len(batch)
    if waiting:
        scored += sum(map(len, model.score(waiting)))
        batches, windows = batches + 1, windows + len(waiting)
    return frames + scored, scored, batches, windows
