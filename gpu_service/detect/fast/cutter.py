"""Cuts one video's frames into runs for the model, and leaves out what is quiet."""

from __future__ import annotations

import numpy as np

from gpu_service.detect import base
from gpu_service.detect.fast.quiet import is_quiet
from gpu_service.detect.fast.runs import Run, Runs, run_windows
from gpu_service.detect.windows import Window, WindowStream
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames

_Item = base.Window | Scores


class FastCutter:
    """A :class:`~gpu_service.detect.base.Cutter`.

    What the model gets are runs of official windows; windows in which nothing happens are scored
    zero at once.
    """

    def __init__(self) -> None:
        self._stream = WindowStream()
        self._pending: list[Window] = []
        self._runs = Runs()
        self._given = 0

    def feed(self, frames: AnyDetectorFrames) -> list[_Item]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.feed(frames.on_host().rgb))

    def finish(self) -> list[_Item]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.finish()) + self._ended()

    def _take(self, windows: list[Window]) -> list[_Item]:
        items: list[_Item] = []
        for window in windows:
            if is_quiet(window.rgb):
                zeros = np.zeros(window.kept, np.float32)
                items += [*self._ended(), Scores(zeros, zeros.copy())]
                self._given += 1
                continue
            self._pending.append(window)
            if len(self._pending) >= run_windows(self._given):
                items.append(self._run(ends=False))
        return items

    def _ended(self) -> list[_Item]:
        return [self._run(ends=True)] if self._pending or self._runs.is_open else []

    def _run(self, *, ends: bool) -> Run:
        self._given += len(self._pending)
        pending, self._pending = self._pending, []
        return self._runs.run(pending, ends=ends)
