"""The CUDA stream that one decoder and whoever reads its surfaces work on."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

_BEFORE_THE_MODEL = -1
"""A stream's priority; lower numbers come first."""


def gpu_of(device: str) -> int:
    """A device's number; surfaces in host memory come from the first GPU."""
    return torch.device(device).index or 0


class SurfaceStream:
    """Where surfaces lie, and the order in which they are written and read.

    The decoder copies each surface on this stream, and a reader that is on it too has read the
    surface before the next one is written over it. Nothing else makes the decoder wait.

    :param device: ``cuda:0`` and the like, or ``cpu`` for surfaces in host memory, which are there
        when the decoder returns.
    """

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)
        self._stream: torch.cuda.Stream | None = None
        if self.device.type == "cuda":
            # torch has 32 streams of each priority, and gives them out again. Of this one the model has
            # none, so that no decoder comes to wait behind a batch.
            self._stream = torch.cuda.Stream(  # type: ignore[no-untyped-call]
                self.device, priority=_BEFORE_THE_MODEL
            )

    @property
    def handle(self) -> int:
        """The ``CUstream``. 0, the default one, would cost a wait of the host a frame on a GPU."""
        return 0 if self._stream is None else int(self._stream.cuda_stream)

    def current(self) -> AbstractContextManager[object]:
        """Have torch work on it."""
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    def mark(self) -> torch.cuda.Event | None:
        """An event behind what is on it so far; None where nothing is waited for."""
        if self._stream is None:
            return None
        # The host sleeps until it comes, rather than spin on a core that has other work.
        event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        event.record(self._stream)
        return event

    def wait(self) -> None:
        """Until what is on it so far is done."""
        event = self.mark()
        if event is not None:
            event.synchronize()
