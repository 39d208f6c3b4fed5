"""What a run sets before its process starts: the distance of S3, and the process's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.simulated.measure import run_plan
from benchmarks.simulated.plan import Plan
from benchmarks.simulated.sweep import without_device
from gpu_service.settings import load_settings


class _StartedError(Exception):
    """As far as these tests go."""


class _Site:
    """A place that starts nothing, and an S3 that is told how far away it is."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.s3 = SimpleNamespace(reset=self._reset)
        self.distance: dict[str, float] = {}
        self.settings: dict[str, str] = {}
        self.plan: Plan | None = None

    def clear(self) -> None:
        assert not self.distance

    def _reset(self, **said: float) -> None:
        self.distance = said

    def start(self, words: Sequence[str], *, name: str, more: Mapping[str, str]) -> None:
        self.settings = dict(more)
        self.plan = Plan.from_json(Path(words[-1]).read_text())
        raise _StartedError


def _started(scratch: Path, **changes: Any) -> _Site:
    site = _Site(scratch)
    plan = replace(without_device(["s3://raw/1.mp4"]), **changes)
    with pytest.raises(_StartedError):
        run_plan(cast("Any", site), plan, name="simulated", frames=1)
    assert site.plan == plan
    return site


def test_s3_is_as_far_and_as_wide_as_the_plan_says(tmp_path: Path) -> None:
    """Dilated, since the device is."""
    site = _started(tmp_path, latency_seconds=0.08, bytes_per_second=1e9, dilation=2)
    assert site.distance == {"latency_seconds": 0.16, "bytes_per_second": 5e8}


def test_the_process_has_the_plans_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _started(tmp_path, concurrency=64, parts_in_flight=8, batch_windows=32, dilation=2)
    for name, value in site.settings.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.pipeline.concurrency == 64
    assert settings.source.parts_in_flight == 8
    assert (settings.detect.batch_windows, settings.detect.batch_wait_seconds) == (32, 0.1)
    assert settings.device == "cpu"
