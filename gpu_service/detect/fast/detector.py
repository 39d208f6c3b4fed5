"""The fast mode at work: frames in, scores out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from gpu_service.detect import base
from gpu_service.detect.fast.cutter import FastCutter
from gpu_service.detect.fast.network import FastNetwork
from gpu_service.detect.fast.runs import Run
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.weights import OFFICIAL_SHA256
from gpu_service.detect.windows import STRIDE_FRAMES, WINDOW_FRAMES
from gpu_service.events import Scores
from gpu_service.frames import Float32Array, UInt8Array

ALGORITHM = "fast-1"
"""Changes whenever the same frames and weights could score differently."""

DOUBT = 0.1
"""A window of a run with a score this close to the threshold is scored again, by itself."""


class FastDetector:
    """Scores videos on the CPU with the same events as the official protocol, for less work.

    :param sha256: of the weights.
    :param threshold: of the "single" head. Scores in a long run differ a little from those of the
        official windows; where the difference could matter, the official ones are given.
    :param threads: CPU threads; 0 leaves torch's own choice.
    """

    batch_windows = 1
    """A run fills the caches by itself."""

    def __init__(
        self, model: TransNetV2, sha256: str, *, threshold: float = 0.5, threads: int = 0
    ) -> None:
        self.name = "transnetv2" if sha256 == OFFICIAL_SHA256 else "transnetv2-custom"
        self.fingerprint = f"{sha256}/{ALGORITHM}/{threshold}"
        self.network = FastNetwork(model)
        self.rescored_frames = 0
        """Kept frames that were scored twice so far."""
        self._threshold = threshold
        self._threads = threads

    def start(self) -> FastCutter:
        """Begin a video."""
        return FastCutter()

    def score(self, windows: Sequence[base.Window]) -> list[Scores]:
        """Both heads' probabilities of each window's kept frames.

        :param windows: of this detector's cutters, of any videos.
        """
        if self._threads and torch.get_num_threads() != self._threads:
            # Kept per thread by OpenMP: it holds only for the worker thread that runs this.
            torch.set_num_threads(self._threads)
        with torch.inference_mode():
            return [self._score(window) for window in windows]

    def _score(self, run: base.Window) -> Scores:
        if not isinstance(run, Run):
            raise TypeError(f"not a window of this detector: {run!r}")
        heads = self._heads(run.rgb)
        if len(run.rgb) > WINDOW_FRAMES:
            for first in range(0, run.kept, STRIDE_FRAMES):
                own = slice(first, first + STRIDE_FRAMES)
                if np.abs(heads[0, own] - self._threshold).min() < DOUBT:
                    self.rescored_frames += STRIDE_FRAMES
                    heads[:, own] = self._heads(run.rgb[first : first + WINDOW_FRAMES])
        single, many = heads[:, : run.kept]
        return Scores(single, many)

    def _heads(self, rgb: UInt8Array) -> Float32Array:
        """``(2, kept)`` probabilities, "single" and "many"."""
        logits = torch.stack(self.network(torch.from_numpy(rgb)))
        probabilities: Float32Array = torch.sigmoid(logits).numpy()
        return probabilities
