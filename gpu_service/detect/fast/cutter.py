"""Cuts one video's frames into runs for the model."""

from __future__ import annotations

from gpu_service.detect import base
from gpu_service.detect.fast.runs import RUN_WINDOWS, joined
from gpu_service.detect.windows import Window, WindowStream
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames


class FastCutter:
    """A :class:`~gpu_service.detect.base.Cutter` into runs that grow with the video."""

    def __init__(self) -> None:
        self._stream = WindowStream()
        self._pending: list[Window] = []
        self._runs = 0

    def feed(self, frames: DetectorFrames) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.feed(frames.rgb))

    def finish(self) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.finish()) + self._flush()

    def _take(self, windows: list[Window]) -> list[base.Window | Scores]:
        items: list[base.Window | Scores] = []
        for window in windows:
            self._pending.append(window)
            if len(self._pending) >= RUN_WINDOWS[min(self._runs, len(RUN_WINDOWS) - 1)]:
                items += self._flush()
        return items

    def _flush(self) -> list[base.Window | Scores]:
        if not self._pending:
            return []
        run = joined(self._pending)
        self._pending = []
        self._runs += 1
        return [run]
