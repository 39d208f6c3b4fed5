"""The official protocol's windows over frames that stay where they are.

The same windows as :mod:`gpu_service.detect.windows` cuts, but not copied: a frame is in two of
them, and on a GPU a batch is put together there, in one go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpu_service.detect import base
from gpu_service.detect.windows import MARGIN_FRAMES, STRIDE_FRAMES, WINDOW_FRAMES
from gpu_service.device_errors import device_errors
from gpu_service.events import Scores
from gpu_service.frames import AnyDetectorFrames, DetectorFrames


@dataclass(frozen=True, slots=True, repr=False)
class DeviceWindow:
    """One input of the model; its frames lie, a few at a time, in the chunks that they came in.

    :param parts: ``(N, 27, 48, 3)`` uint8 each, complete, 100 frames together.
    :param kept: see :class:`gpu_service.detect.windows.Window`.
    """

    parts: tuple[Tensor, ...]
    kept: int

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels, half of which the next window has too."""
        return sum(part.numel() for part in self.parts)

    @property
    def waited_seconds(self) -> float:
        """None: windows have nothing to do with each other."""
        return 0.0

    def when_ready(self, tell: Callable[[], None]) -> bool:
        """Always."""
        return True

    def __repr__(self) -> str:
        return f"DeviceWindow(kept={self.kept})"


def gather(windows: Sequence[DeviceWindow], batch: Tensor) -> None:
    """Put windows together on the current stream.

    :param windows: their chunks have to live until that is done.
    :param batch: ``(at least N, 100, 27, 48, 3)`` uint8; its other rows stay as they are.
    """
    if windows:
        parts = [part for window in windows for part in window.parts]
        torch.cat(parts, out=batch[: len(windows)].flatten(0, 1))


class DeviceCutter:
    """A :class:`~gpu_service.detect.base.Cutter`.

    :param device: of the windows; frames in host memory, which NVDEC could not decode, are brought
        there.
    :param stream: on which that is done; None where there are none.
    """

    def __init__(self, device: torch.device, stream: torch.cuda.Stream | None) -> None:
        self._device = device
        self._stream = stream
        self._chunks: deque[Tensor] = deque()
        self._first = 0
        """Frame of the first chunk."""
        self._frames = 0
        self._cut = 0
        """Windows so far."""

    def feed(self, frames: AnyDetectorFrames) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        if len(frames) == 0:
            return []
        self._chunks.append(self._brought(frames))
        self._frames += len(frames)
        windows: list[base.Window | Scores] = []
        while self._begin + WINDOW_FRAMES <= self._frames:
            windows.append(self._next())
        return windows

    def finish(self) -> list[base.Window | Scores]:
        """See :class:`~gpu_service.detect.base.Cutter`."""
        windows: list[base.Window | Scores] = []
        while self._cut * STRIDE_FRAMES < self._frames:
            windows.append(self._next())
        self._chunks.clear()
        return windows

    @property
    def _begin(self) -> int:
        """Of the next window, negative for the first one's repeated frames."""
        return self._cut * STRIDE_FRAMES - MARGIN_FRAMES

    def _brought(self, frames: AnyDetectorFrames) -> Tensor:
        if not isinstance(frames, DetectorFrames):
            return frames.rgb
        # From memory that is not pinned, the copy is done when the call returns.
        with device_errors("bringing frames to the GPU"), torch.cuda.stream(self._stream):
            return torch.from_numpy(frames.rgb).to(self._device, copy=True)

    def _next(self) -> DeviceWindow:
        begin, end = self._begin, self._begin + WINDOW_FRAMES
        kept = min(STRIDE_FRAMES, self._frames - self._cut * STRIDE_FRAMES)
        parts = []
        if begin < 0:
            parts.append(self._chunks[0][:1].expand(-begin, -1, -1, -1))
        at = self._first
        for chunk in self._chunks:
            part = chunk[max(0, begin - at) : max(0, end - at)]
            if len(part):
                parts.append(part)
            at += len(chunk)
        if end > self._frames:
            parts.append(self._chunks[-1][-1:].expand(end - self._frames, -1, -1, -1))
        self._cut += 1
        self._forget_before(self._begin)
        return DeviceWindow(tuple(parts), kept)

    def _forget_before(self, frame: int) -> None:
        while len(self._chunks) > 1 and self._first + len(self._chunks[0]) <= frame:
            self._first += len(self._chunks.popleft())
