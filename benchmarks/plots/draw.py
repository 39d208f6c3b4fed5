"""Every plot that the records at hand allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.plots.gantt import draw_gantt
from benchmarks.plots.ratios import draw_ratios
from benchmarks.plots.scale import draw_at_once, draw_cost, draw_memory
from benchmarks.plots.simulated import draw_idle, draw_occupancy
from benchmarks.runner import Record


def draw_all(records: Sequence[Record], folder: Path) -> list[Path]:
    """Draw into ``folder/plots``; returns the files."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    by_case = {record.case: record for record in records if record.fault is None}
    drawn: list[Path | None] = [draw_ratios(list(by_case.values()), plots / "ratios.png")]
    if (length := by_case.get("length")) is not None:
        drawn.append(draw_cost(length, plots / "cost.png"))
        drawn.append(draw_memory(length, plots / "memory.png"))
    if (at_once := by_case.get("at-once")) is not None:
        drawn.append(draw_at_once(at_once, plots / "at-once.png"))
    if (simulated := by_case.get("simulated")) is not None:
        drawn.append(draw_idle(simulated, plots / "simulated-idle.png"))
        drawn.append(draw_occupancy(simulated, plots / "simulated-busy.png"))
    if (busy := by_case.get("busy")) is not None:
        drawn += [
            draw_gantt(
                folder / found["trace"],
                plots / f"gantt-{mode}.png",
                busy.details["names"],
                f"{len(busy.details['names'])} videos at once, {mode} mode",
            )
            for mode, found in busy.details["modes"].items()
        ]
    return [path for path in drawn if path is not None]
