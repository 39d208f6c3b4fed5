"""An event model that takes the time of a GPU, and finds a cut every so many frames."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.simulated.engines import Engines, sleep_until
from benchmarks.simulated.marks import frame_numbers
from gpu_service.detect import base
from gpu_service.detect.windows import MARGIN_FRAMES, Window, WindowStream
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames


class SimulatedDetector:
    """A :class:`~gpu_service.detect.base.Detector` over the official protocol's windows.

    Which frames a window holds it reads from the pixels (:mod:`benchmarks.simulated.marks`), so
    that the events are right only where every window came through whole and in its place.

    :param window_seconds: of one window in a batch.
    :param batch_seconds: of any batch, besides.
    :param cut_frames: frames of a shot; the last one of each is a cut.
    """

    def __init__(
        self,
        *,
        window_seconds: float,
        batch_seconds: float,
        batch_windows: int,
        cut_frames: int,
    ) -> None:
        self.name = "simulated"
        self.fingerprint = f"simulated-{cut_frames}"
        self.batch_windows = batch_windows
        self.parallel = 1
        self.engine = Engines(1)
        self.windows = 0
        """How many have been scored."""
        self._window_seconds = window_seconds
        self._batch_seconds = batch_seconds
        self._cut_frames = cut_frames
        self._never = threading.Event()

    def start(self) -> _Cutter:
        """See :class:`~gpu_service.detect.base.Detector`."""
        return _Cutter()

    def score(
        self, windows: Sequence[base.Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """See :class:`~gpu_service.detect.base.Detector`."""
        seconds = self._batch_seconds + len(windows) * self._window_seconds
        _, end = self.engine.book("model", seconds)
        self.windows += len(windows)
        scores = [self._scores(window) for window in windows]
        sleep_until(end, self._never)
        return scores

    def _scores(self, window: base.Window) -> Scores:
        if not isinstance(window, Window):
            raise TypeError(f"not a window of this detector: {window!r}")
        kept = slice(MARGIN_FRAMES, MARGIN_FRAMES + window.kept)
        numbers = frame_numbers(window.rgb[kept])
        cuts = (numbers % self._cut_frames == self._cut_frames - 1).astype(np.float32)
        return Scores(cuts, cuts)


class _Cutter:
    def __init__(self) -> None:
        self._stream = WindowStream()

    def feed(self, frames: AnyDetectorFrames) -> list[base.Window | Scores]:
        return list(self._stream.feed(frames.on_host().rgb))

    def finish(self) -> list[base.Window | Scores]:
        return list(self._stream.finish())
