"""Official windows that are next to each other, joined into runs that are scored together.

A run goes on where the one before has ended, so that no frame is convolved twice. The convolutions look
48 frames ahead, and the last window of a run is scored with the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.windows import STRIDE_FRAMES, Window
from gpu_service.frames import UInt8Array

_MOST_WINDOWS = (1, 1, 1, 2, 4)
"""How many windows a run has at most: the first of a video, the next, and so on; all others have the
last number. What comes first should be known soon; longer ones take no less time for a frame, and more
memory."""


def run_windows(given: int) -> int:
    """How many windows the next run may have.

    :param given: windows of the video before it, quiet ones too.
    """
    for windows in _MOST_WINDOWS:
        if given < windows:
            break
        given -= windows
    return windows


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """One input of the model.

    :param rgb: ``(50 * n + 50, H, W, 3)`` uint8, its own memory: ``n`` official windows, of which
        each begins 50 frames after the one before. All have been in no run before, or all but the
        first, which was not scored there.
    :param fresh: how many frames at the end have been in none.
    :param kept: how many scores there are: those of run frames ``[25, 25 + kept)``. The last window
        is only scored where no run follows.
    :param before: what the run before leaves; None if there is none.
    :param after: the same for the run that follows.
    :param is_official: whether a window that neither goes on nor is gone on with is scored, as the
        official protocol does.
    """

    rgb: UInt8Array
    fresh: int
    kept: int
    before: Handover | None
    after: Handover | None
    is_official: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return self.rgb.nbytes

    @property
    def waited_seconds(self) -> float:
        """How long it has waited for the run before, so far."""
        return 0.0 if self.before is None else self.before.waited_seconds

    def when_ready(self, tell: Callable[[], None]) -> bool:
        """See :class:`gpu_service.detect.base.Window`."""
        return self.before is None or self.before.when_begun(tell)

    def __repr__(self) -> str:
        return f"Run(windows={len(self.rgb) // STRIDE_FRAMES - 1}, kept={self.kept})"


class Runs:
    """Makes runs of a video's windows that follow each other, until there is one that ends them.

    That a window can be scored once the next one is there is enough for convolutions that look no
    further ahead than a window is apart from the next.
    """

    def __init__(self) -> None:
        self._before: Handover | None = None
        self._waiting: list[Window] = []
        """The window that the last run had and did not score."""
        self._windows = 0
        """Since the last run that ended them."""

    @property
    def is_open(self) -> bool:
        """Whether a run is to follow."""
        return self._before is not None

    def run(self, windows: list[Window], *, ends: bool) -> Run:
        """The next run.

        :param windows: that follow those before; none if all there is to do is to end.
        :param ends: nothing follows.
        """
        self._windows += len(windows)
        is_official = ends and self._windows == 1
        all_windows = self._waiting + windows
        scored = all_windows if ends else all_windows[:-1]
        self._waiting = all_windows[len(scored) :]
        first, *others = all_windows
        rgb = np.concatenate([first.rgb, *(window.rgb[-STRIDE_FRAMES:] for window in others)])
        fresh = STRIDE_FRAMES * len(windows) if self.is_open else len(rgb)
        before, self._before = self._before, None if ends else Handover()
        if ends:
            self._windows = 0
        kept = sum(window.kept for window in scored)
        return Run(rgb, fresh, kept, before, self._before, is_official)
