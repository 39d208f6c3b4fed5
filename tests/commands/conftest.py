"""The place and the videos of the pipeline's tests."""

from __future__ import annotations

from tests.pipeline.conftest import clip, commands, place, proxy, two_shots

__all__ = ["clip", "commands", "place", "proxy", "two_shots"]
