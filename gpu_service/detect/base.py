"""What every event model offers."""

from __future__ import annotations

from typing import Protocol

from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames


class Detection(Protocol):
    """The scoring of one video; blocks, belongs in a worker thread."""

    def feed(self, frames: DetectorFrames) -> Scores:
        """Take the next frames; return the scores that are settled by them, possibly none."""
        ...

    def finish(self) -> Scores:
        """No more frames; return the remaining scores. Together one score a frame fed."""
        ...


class Detector(Protocol):
    """A loaded model."""

    name: str
    """Name and version, as stored with the result."""

    fingerprint: str
    """Changes whenever the same frames could score differently: the weights' SHA-256."""

    def start(self) -> Detection:
        """Begin a video."""
        ...
