"""A process of a run without torch: a cut every few frames, and a GPU that fails where a name says so.

``python -m tests.processes.stand_in SOCKET [TIMELINE]`` does what ``gpu_service.processes.child`` does.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import numpy as np

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.decode.choose import open_decoder
from gpu_service.detect.base import Window
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.errors import GPU_FAILED, InternalError
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames, AnyPicture, Picture
from gpu_service.pipeline.backend import Backend
from gpu_service.processes.child import Starting, work
from gpu_service.trace import Trace

STAND_IN = ("-m", "tests.processes.stand_in")
"""For :func:`~gpu_service.processes.run.analyze_in_processes`."""

BROKEN = "broken"
"""In the name of a video at which the GPU fails."""

HICCUP = "hiccup"
"""In the name of one at which it fails for that video alone."""

HEAL = "STAND_IN_HEAL"
"""The environment's name of the file of :class:`Gpu`."""

SAYS = "\x1b[2J is what it says of "

_SHOT_FRAMES = 30

logger = logging.getLogger("gpu_service.stand_in")


class EveryFewFrames:
    """A :class:`~gpu_service.detect.base.Detector` that needs no model, and its own cutter."""

    name = fingerprint = "every few frames"
    batch_windows = parallel = 1

    def __init__(self) -> None:
        self._frames = 0

    def start(self) -> EveryFewFrames:
        """See :class:`~gpu_service.detect.base.Detector`."""
        return EveryFewFrames()

    def feed(self, frames: AnyDetectorFrames) -> list[Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        numbers = np.arange(self._frames, self._frames + len(frames))
        self._frames += len(frames)
        cuts = (numbers % _SHOT_FRAMES == _SHOT_FRAMES - 1).astype(np.float32)
        return [Scores(cuts, cuts)]

    def finish(self) -> list[Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        return []

    def score(
        self, windows: Sequence[Window], alone: Callable[[], bool] = lambda: False
    ) -> list[Scores]:
        """Never: there are no windows."""
        raise NotImplementedError


class HostJpegs:
    """A :class:`~gpu_service.encode.base.JpegEncoder` of pictures in host memory alone."""

    def __init__(self) -> None:
        self._encoder = CpuJpegEncoder()

    def encode(self, picture: AnyPicture) -> bytes:
        """See :class:`~gpu_service.encode.base.JpegEncoder`."""
        assert isinstance(picture, Picture)
        return self._encoder.encode(picture)


class Gpu:
    """It fails at a video that is :data:`BROKEN`, and at every one after that; and at each :data:`HICCUP`.

    :param heal: a file; where it is already, a process has failed, and no other one does.
    """

    def __init__(self, heal: Path | None) -> None:
        self._heal = heal
        self._works = True

    def open_video(
        self, file: io.RawIOBase, name: str, *, packets: ByteBudget, trace: Trace
    ) -> VideoDecoder:
        """The CPU's decoder, which says in whose process it decodes.

        :raises InternalError: the GPU has failed.
        """
        if BROKEN in name and (self._heal is None or not self._heal.exists()):
            self._works = False
            if self._heal is not None:
                self._heal.touch()
        if not self._works or HICCUP in name:
            raise InternalError(f"{name}: the GPU failed", reason=GPU_FAILED)
        logger.warning("%s%s", SAYS, name)
        decoder = open_decoder(
            file, name, device="cpu", required=False, packets=packets, trace=trace
        )
        decoder.backend = str(os.getpid())
        return decoder


def backend(heal: Path | None = None) -> Backend:
    """What works here; see :class:`Gpu`."""
    return Backend(Gpu(heal).open_video, EveryFewFrames(), HostJpegs())


def main() -> None:
    heal = os.environ.get(HEAL)
    anyio.run(work, Starting.of_command(sys.argv[1:]), backend(Path(heal) if heal else None))


if __name__ == "__main__":
    main()
