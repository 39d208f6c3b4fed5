"""Which runs the case makes, with runs that find everything busy and take no time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.cases import simulated
from benchmarks.context import Context
from benchmarks.figures import Outcome
from benchmarks.simulated.devices import TABLE
from benchmarks.simulated.plan import Found, Plan

_BUSY = {"busy": 1.0, "starved": 0.0, "host": 0.0}


@dataclass
class _Case:
    """The case on a place where nothing is."""

    folder: Path
    tried: list[Plan] = field(default_factory=list)

    def run(self, *, quick: bool = False) -> Outcome:
        s3 = SimpleNamespace(
            serve=lambda path, keys: [f"s3://raw/{key}" for key in keys], reset=lambda: None
        )
        place = cast("Any", SimpleNamespace(s3=s3, out=self.folder))
        context = Context(place, self.folder, self.folder, repeats=1, quick=quick)
        return simulated.run(context)

    def measure(self, place: object, plan: Plan, *, name: str, frames: int) -> Found:
        self.tried.append(plan)
        return Found(_BUSY, _BUSY, 10, 9, 900, 1000, 18, 3, 6, 1, 0.3, 0.5, {"complete": 1})

    def devices(self) -> list[str]:
        """In the order of their first runs."""
        return list(dict.fromkeys(plan.device for plan in self.tried))


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Case:
    def made(folder: Path, media: Path, repeats: int) -> Path:
        path = tmp_path / "simulated.mp4"
        path.write_bytes(b"x")
        return path

    for name in ("DEVICES", "ONLY", "DILATION"):
        monkeypatch.delenv(f"GPU_SIMULATION_{name}", raising=False)
    case = _Case(tmp_path)
    monkeypatch.setattr(simulated, "simulated_video", made)
    monkeypatch.setattr(simulated, "run_plan", case.measure)
    return case


def test_each_device_has_the_whole_grid(case: _Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_SIMULATION_ONLY", "L4,T4")
    outcome = case.run()
    assert case.devices() == ["L4", "T4", "none"]
    for device in ("L4", "T4"):
        grid = {
            (run["concurrency"], run["latency_ms"])
            for run in outcome.details["runs"]
            if run["device"] == device
        }
        assert grid == {(at_once, ms) for at_once in (1, 4, 16, 64) for ms in (5, 20, 80)}
    kept = (case.folder / "simulated.runs.jsonl").read_text().splitlines()
    assert [json.loads(line)["device"] for line in kept] == [plan.device for plan in case.tried]


def test_a_quick_one_has_two_devices(case: _Case) -> None:
    case.run(quick=True)
    assert case.devices() == ["T4", "H100", "none"]


def test_a_device_that_is_named_is_in_a_quick_one_too(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPU_SIMULATION_ONLY", "A100")
    case.run(quick=True)
    assert case.devices() == ["A100", "none"]


def test_a_device_that_is_not_in_the_table_is_refused(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPU_SIMULATION_ONLY", "T4,B300")
    with pytest.raises(ValueError, match="no device named B300"):
        case.run()
    assert not case.tried


def test_another_table_gives_the_devices(case: _Case, monkeypatch: pytest.MonkeyPatch) -> None:
    path = case.folder / "mine.toml"
    text = TABLE.read_text().replace("[devices.T4]", "[devices.Mine]")
    path.write_text(text.replace("value = 609,", "value = 1000,"))
    monkeypatch.setenv("GPU_SIMULATION_DEVICES", str(path))
    monkeypatch.setenv("GPU_SIMULATION_ONLY", "Mine")
    outcome = case.run(quick=True)
    assert case.devices() == ["Mine", "none"]
    assert case.tried[0].frames_per_second == 1000
    assert outcome.details["table"] == str(path)


def test_every_run_of_a_device_is_as_slow_as_is_asked(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPU_SIMULATION_ONLY", "H100")
    monkeypatch.setenv("GPU_SIMULATION_DILATION", "2.5")
    outcome = case.run()
    assert outcome.details["tried"], "those for the least settings as well"
    assert {(plan.device, plan.dilation) for plan in case.tried} == {("H100", 2.5), ("none", 1)}
