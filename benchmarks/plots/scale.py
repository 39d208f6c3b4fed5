"""Against length, and against how many at once."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.plots.style import ASKED, DARK, OURS, OURS_PALE, RIVAL, new_plot, save
from benchmarks.runner import Record


def draw_cost(record: Record, path: Path) -> Path:
    """Milliseconds a frame, wall and CPU, against minutes."""
    figure, axes = new_plot("cost of a frame against a video's length (720p)")
    by_minutes = _by_number(record.details["by_minutes"])
    for what, label, colour in (("wall_ms", "wall", OURS), ("cpu_ms", "CPU", RIVAL)):
        lengths = sorted(by_minutes)
        medians = [statistics.median(o[what] for o in by_minutes[length]) for length in lengths]
        axes.plot(lengths, medians, "o-", color=colour, label=label)
        if what == "wall_ms":
            axes.axhline(medians[0] * 1.1, color=ASKED, linestyle=":", label="wall at 1 min + 10 %")
    axes.set_xscale("log")
    axes.set_xticks(sorted(by_minutes), [f"{length} min" for length in sorted(by_minutes)])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_ylabel("ms a frame")
    axes.legend(frameon=False)
    return save(figure, path)


def draw_memory(record: Record, path: Path) -> Path:
    """Peak memory against minutes."""
    figure, axes = new_plot("peak memory against a video's length (720p)")
    by_minutes = _by_number(record.details["by_minutes"])
    lengths = sorted(by_minutes)
    medians = [statistics.median(o["peak_mb"] for o in by_minutes[length]) for length in lengths]
    axes.plot(lengths, medians, "o-", color=OURS)
    for length, value in zip(lengths, medians, strict=True):
        axes.annotate(
            f"{value:,.0f}", (length, value), (0, 7), textcoords="offset points", ha="center"
        )
    axes.axhline(1500, color=ASKED, linestyle=":")
    axes.annotate(
        "asked: below 1,500 MB", (lengths[0], 1500), (0, 4), textcoords="offset points", color=ASKED
    )
    axes.set_xscale("log")
    axes.set_xticks(lengths, [f"{length} min" for length in lengths])
    axes.minorticks_off()
    axes.set_ylim(0, max(1650, *(value * 1.1 for value in medians)))
    axes.set_ylabel("MB, all processes")
    return save(figure, path)


def draw_at_once(record: Record, path: Path) -> Path:
    """Frames a second and the model's busy share against how many videos run at once."""
    figure, axes = new_plot("the same videos, more and more at once")
    by_level = _by_number(record.details["by_level"])
    levels = sorted(by_level)
    places = range(len(levels))
    rates = [statistics.median(by_level[level]["frames_per_second"]) for level in levels]
    shares = [statistics.median(by_level[level]["busy_percent"]) for level in levels]
    axes.bar(places, rates, color=OURS_PALE, width=0.5)
    axes.set_xticks(places, [str(level) for level in levels])
    axes.set_xlabel("videos at once")
    axes.set_ylabel("frames/s", color=OURS)
    right = axes.twinx()
    right.spines["top"].set_visible(False)
    right.plot(places, shares, "o-", color=DARK)
    for place, share in zip(places, shares, strict=True):
        right.annotate(
            f"{share:.0f} %", (place, share), (0, 7), textcoords="offset points", ha="center"
        )
    right.set_ylim(0, 110)
    right.set_ylabel("model busy, % of its time from first to last window", color=DARK)
    return save(figure, path)


def _by_number(said: Mapping[Any, Any]) -> dict[int, Any]:
    """JSON's keys are texts."""
    return {int(key): value for key, value in said.items()}
