"""The official protocol in batches: frames in, scores out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gpu_service.detect import base
from gpu_service.detect.cuda.batches import batches_of
from gpu_service.detect.cuda.runner import Pending, Runner
from gpu_service.detect.cuda.streams import new_stream
from gpu_service.detect.cuda.windows import DeviceCutter, DeviceWindow
from gpu_service.detect.fast.doubt import is_doubtful
from gpu_service.detect.weights import OFFICIAL_SHA256
from gpu_service.detect.windows import STRIDE_FRAMES
from gpu_service.device_errors import device_errors
from gpu_service.events import Scores
from gpu_service.frames import Float32Array

ALGORITHM = "half-1"
"""Changes whenever the same frames and weights could score differently."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """How scores in less than float32 are made safe.

    :param runner: in float32.
    :param error: how far the scores may be off without it.
    """

    runner: Runner
    error: float


class BatchDetector:
    """Scores official windows of many videos in batches of fixed sizes.

    :param runner: of the batches.
    :param sha256: of the weights.
    :param device: where the runners' windows have to be.
    :param exactly: None where ``runner`` computes in float32, which is the official protocol. Else
        windows whose scores are nearer to the threshold than they are exact are scored again.
    :param threshold: of the "single" head.
    """

    def __init__(
        self,
        runner: Runner,
        sha256: str,
        device: torch.device,
        *,
        exactly: Exactly | None = None,
        threshold: float = 0.5,
    ) -> None:
        self.name = "transnetv2" if sha256 == OFFICIAL_SHA256 else "transnetv2-custom"
        self.fingerprint = sha256 if exactly is None else f"{sha256}/{ALGORITHM}/{threshold}"
        # Of two batches, one is copied while the other is computed.
        self.batch_windows = runner.in_flight * runner.sizes[-1]
        self.parallel = 1
        self.rescored_frames = 0
        """Frames whose scores were in doubt so far."""
        self._device = device
        self._stream = new_stream(device) if device.type == "cuda" else None
        self._runner = runner
        self._exactly = exactly
        self._threshold = threshold

    def start(self) -> DeviceCutter:
        """Begin a video."""
        return DeviceCutter(self._device, self._stream)

    def score(
        self, windows: Sequence[base.Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """Both heads' probabilities of each window's kept frames.

        :param windows: of this detector's cutters, of any videos.
        :raises TransientError: ``gpu_memory``: the GPU has no room.
        :raises InternalError: the GPU has failed.
        """
        own = [_own(window) for window in windows]
        with device_errors("scoring windows"):
            heads = run_batches(self._runner, own)
            if self._exactly is not None:
                self._rescore(heads, own, self._exactly)
        return [
            Scores(single[: window.kept], many[: window.kept])
            for window, single, many in zip(own, *heads, strict=True)
        ]

    def _rescore(self, heads: Float32Array, windows: list[DeviceWindow], exactly: Exactly) -> None:
        rows = [
            row
            for row, window in enumerate(windows)
            if self._in_doubt(heads[:, row, : window.kept], exactly.error)
        ]
        if rows:
            heads[:, rows] = run_batches(exactly.runner, [windows[row] for row in rows])
            self.rescored_frames += sum(windows[row].kept for row in rows)

    def _in_doubt(self, heads: Float32Array, error: float) -> bool:
        # Weights of someone's own may overflow half precision.
        if not np.isfinite(heads).all():
            return True
        return is_doubtful(heads[0], self._threshold, np.array([error], np.float32))


def run_batches(runner: Runner, windows: Sequence[DeviceWindow]) -> Float32Array:
    """All windows through a runner, as many batches at once as it takes.

    :returns: ``(2, len(windows), 50)`` "single" and "many".
    """
    heads: Float32Array = np.empty((2, len(windows), STRIDE_FRAMES), np.float32)
    pending: deque[tuple[slice, Pending]] = deque()

    def fetch() -> None:
        rows, scores = pending.popleft()
        heads[:, rows] = scores.wait()

    for batch in batches_of(len(windows), runner.sizes):
        if len(pending) == runner.in_flight:
            fetch()
        rows = slice(batch.first, batch.first + batch.windows)
        pending.append((rows, runner.start(windows[rows], batch.size)))
    while pending:
        fetch()
    return heads


def _own(window: base.Window) -> DeviceWindow:
    if not isinstance(window, DeviceWindow):
        raise TypeError(f"not a window of this detector: {window!r}")
    return window
