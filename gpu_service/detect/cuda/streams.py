"""CUDA streams and events, with types."""

from __future__ import annotations

import torch


def new_stream(device: torch.device) -> torch.cuda.Stream:
    """A stream of its own, which the default stream does not wait for."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


def new_event() -> torch.cuda.Event:
    """An event for which the host sleeps, rather than spin on a core that a decoder could use."""
    return torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
