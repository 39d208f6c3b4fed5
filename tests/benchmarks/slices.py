"""Timelines in short."""

from __future__ import annotations

from benchmarks.chrome_trace import Slice


def model(start: float, end: float, cause: str = "busy") -> Slice:
    """A stretch of the model's time."""
    return Slice("detect", "accelerator", cause, start, end)


def video(stage: str, start: float, end: float, cause: str = "busy", lane: str = "a") -> Slice:
    """A stretch of a video's stage."""
    return Slice(stage, lane, cause, start, end)
