"""Cuts one video's frames into runs for the model, and leaves out what is quiet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_service.detect import base
from gpu_service.detect.fast.quiet import is_quiet
from gpu_service.detect.fast.runs import joined, run_windows
from gpu_service.detect.windows import Window, WindowStream
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames

_Item = base.Window | Scores


class FastCutter:
    """A :class:`~gpu_service.detect.base.Cutter`.

    What the model gets are runs of official windows, which grow with the video; windows in which
    nothing happens are scored zero at once.

    :param run_windows: see :attr:`~gpu_service.detect.fast.arithmetic.Arithmetic.run_windows`.
    """

    def __init__(self, run_windows: Sequence[int]) -> None:
        self._run_windows = run_windows
        self._stream = WindowStream()
        self._pending: list[Window] = []
        self._given = 0

    def feed(self, frames: AnyDetectorFrames) -> list[_Item]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.feed(frames.on_host().rgb))

    def finish(self) -> list[_Item]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return self._take(self._stream.finish()) + self._flush()

    def _take(self, windows: list[Window]) -> list[_Item]:
        items: list[_Item] = []
        for window in windows:
            if is_quiet(window.rgb):
                zeros = np.zeros(window.kept, np.float32)
                items += [*self._flush(), Scores(zeros, zeros.copy())]
                self._given += 1
                continue
            self._pending.append(window)
            if len(self._pending) >= run_windows(self._given, self._run_windows):
                items += self._flush()
        return items

    def _flush(self) -> list[_Item]:
        if not self._pending:
            return []
        run = joined(self._pending)
        self._given += len(self._pending)
        self._pending = []
        return [run]
