"""The fast mode at work: frames in, scores out."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect import base
from gpu_service.detect.fast.arithmetic import Arithmetic, fastest_arithmetic, float32_arithmetic
from gpu_service.detect.fast.cutter import FastCutter
from gpu_service.detect.fast.doubt import is_doubtful
from gpu_service.detect.fast.memory import give_back
from gpu_service.detect.fast.network import FastNetwork, LateNetwork, Network
from gpu_service.detect.fast.runs import Run
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.weights import OFFICIAL_SHA256
from gpu_service.detect.windows import STRIDE_FRAMES, WINDOW_FRAMES
from gpu_service.events import Scores
from gpu_service.frames import Float32Array, UInt8Array

ALGORITHM = "fast-6"
"""Changes whenever the same frames and weights could score differently."""

RUN_ERRORS = ((3, 0.18), (6, 0.11), (10, 0.06), (STRIDE_FRAMES, 0.03))
"""How far scores of a run of several windows may be from those of each window by itself: up to so
many frames from the nearer end of the window's kept frames, so much. Near an end the official
window sees only 25 frames to that side, and a run sees more."""

PRECISION_ERROR = 0.025
"""How far scores in less than float32 may be from those in float32."""


class FastDetector:
    """Scores videos on the CPU with the same events as the official protocol, for less work.

    Scores that are nearer to the threshold than they are exact are computed again: the window by
    itself, and in float32, which is the official protocol, where that may still be in doubt.

    :param sha256: of the weights.
    :param threshold: of the "single" head.
    :param threads: CPU threads, each of which scores runs of its own: there is nothing to wait for
        one another in, however many others the cores are shared with. 0 for one a core.
    :param arithmetic: of the convolutions; None takes what is fastest here. It is no part of the
        fingerprint: near the threshold all of them come out as the official protocol does, so that
        events are the same but for a frame at a bound.
    """

    batch_windows = 1
    """A run fills the caches by itself."""

    def __init__(
        self,
        model: TransNetV2,
        sha256: str,
        *,
        threshold: float = 0.5,
        threads: int = 0,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        self.name = "transnetv2" if sha256 == OFFICIAL_SHA256 else "transnetv2-custom"
        self.fingerprint = f"{sha256}/{ALGORITHM}/{threshold}"
        self.convolved_frames = 0
        """Frames that went through the convolutions so far."""
        self.rescored_frames = 0
        """Frames whose scores were in doubt so far."""
        arithmetic = arithmetic or fastest_arithmetic()
        self._network = FastNetwork(model, arithmetic)
        rungs: list[tuple[Network, Float32Array]] = [(self._network, _run_errors())]
        if arithmetic.dtype != torch.float32:
            exact = LateNetwork(lambda: FastNetwork(model, float32_arithmetic()))
            rungs.append((exact, np.full(STRIDE_FRAMES, PRECISION_ERROR, np.float32)))
        self._rungs = rungs
        self._threshold = threshold
        self.parallel = threads or len(os.sched_getaffinity(0))
        self._counting = threading.Lock()

    def start(self) -> FastCutter:
        """Begin a video."""
        return FastCutter()

    def score(
        self, windows: Sequence[base.Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """Both heads' probabilities of each window's kept frames.

        :param windows: of this detector's cutters, of any videos.
        :param alone: see :class:`~gpu_service.detect.base.Detector`; a run takes all threads then,
            from its next blocks on, and its scores are the same to the bit.
        """

        def threads() -> int:
            return self.parallel if alone() else 1

        scores: list[Scores] = []
        try:
            with torch.inference_mode():
                for window in windows:
                    scores.append(self._score(window, threads))
                    give_back()
        except BaseException as failure:
            # Other threads may be waiting for what these won't leave.
            for window in windows[len(scores) :]:
                if isinstance(window, Run) and window.after is not None:
                    window.after.fail(failure)
            raise
        return scores

    def _score(self, run: base.Window, threads: Callable[[], int]) -> Scores:
        if not isinstance(run, Run):
            raise TypeError(f"not a window of this detector: {run!r}")
        heads = self._first_heads(run, threads)[:, : run.kept]
        # That is already what the first rung gives.
        rungs = self._rungs[run.is_official :]
        for first in range(0, run.kept, STRIDE_FRAMES):
            own = heads[:, first : first + STRIDE_FRAMES]
            window = run.rgb[first : first + WINDOW_FRAMES]
            doubtful = False
            for index, (network, errors) in enumerate(rungs):
                if not self._is_doubtful(own, errors):
                    break
                doubtful = True
                if any(self._is_doubtful(own, later) for _, later in rungs[index + 1 :]):
                    # Most likely it would be after this rung as well.
                    continue
                own[:] = self._heads(network, window, threads)[:, : own.shape[1]]
            with self._counting:
                self.rescored_frames += doubtful * own.shape[1]
        single, many = heads
        return Scores(single, many)

    def _is_doubtful(self, heads: Float32Array, errors: Float32Array) -> bool:
        return is_doubtful(heads[0], self._threshold, errors[: heads.shape[1]])

    def _first_heads(self, run: Run, threads: Callable[[], int]) -> Float32Array:
        """See :meth:`_heads`."""
        self._count_convolved(run.fresh)
        rgb = torch.from_numpy(run.rgb)
        return _probabilities(self._network.go_on(rgb, run.fresh, threads, run.before, run.after))

    def _heads(self, network: Network, rgb: UInt8Array, threads: Callable[[], int]) -> Float32Array:
        """``(2, kept)`` probabilities, "single" and "many"."""
        self._count_convolved(len(rgb))
        return _probabilities(network(torch.from_numpy(rgb), threads))

    def _count_convolved(self, frames: int) -> None:
        with self._counting:
            self.convolved_frames += frames


def _probabilities(logits: tuple[Tensor, Tensor]) -> Float32Array:
    probabilities: Float32Array = torch.sigmoid(torch.stack(logits)).numpy()
    return probabilities


def _run_errors() -> Float32Array:
    """``(50,)``: the error of each kept frame of a window within a run."""
    frames = np.arange(STRIDE_FRAMES)
    distances = np.minimum(frames, frames[::-1])
    ends, errors = zip(*RUN_ERRORS, strict=True)
    return np.array(errors, np.float32)[np.searchsorted(ends, distances, side="right")]
