"""What every event model offers: a cheap cutter for each video, one scorer for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames


class Window(Protocol):
    """One input of the model, whose pixels nobody changes; what else is in it is the model's affair."""

    @property
    def kept(self) -> int:
        """How many frames are scored by it; perhaps none, where those of the next window are needed."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes of its pixels."""
        ...

    @property
    def waited_seconds(self) -> float:
        """How long it has waited, while it was scored, for what the window before leaves."""
        ...

    def when_ready(self, tell: Callable[[], None]) -> bool:
        """Whether it can be begun without a wait for the window before.

        :param tell: if it can't, called when it can, from the thread that scores that window.
        """
        ...


class Cutter(Protocol):
    """Cuts one video's frames into windows; quick, from one thread at a time.

    What comes out, one after another, covers every frame once and in order: windows to be scored,
    and scores that were settled without the model.
    """

    def feed(self, frames: AnyDetectorFrames) -> list[Window | Scores]:
        """Take the next frames; return what they complete, possibly nothing."""
        ...

    def finish(self) -> list[Window | Scores]:
        """No more frames; return what is left."""
        ...


class Detector(Protocol):
    """A loaded model, shared by all videos."""

    name: str
    """Name and version, as stored with the result."""

    fingerprint: str
    """Of weights, mode and algorithm: with the same one, scores differ by no more than lets
    a bound of an event move by a frame, on CPUs of other kinds."""

    batch_windows: int
    """How many windows at once are best here."""

    parallel: int
    """How many batches may be scored at once, each in a thread of its own."""

    def start(self) -> Cutter:
        """Begin a video."""
        ...

    def score(
        self, windows: Sequence[Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """Score windows of whichever videos; blocks, in one of :attr:`parallel` threads.

        A video's windows are scored in the order in which its cutter gave them: one may be begun when
        every earlier one has been, in this thread or another, and may have to wait for it.

        :param alone: asked from that thread, now and then: whether nothing else is being scored
            or will be before this is done, so that it may take what the other threads would.
        :returns: for each window the scores of its kept frames.
        """
        ...
