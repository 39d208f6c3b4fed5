"""A run's timeline: each stage of each video, busy, starved or blocked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.patches import Patch

from benchmarks.chrome_trace import CAUSES, MODEL_STAGE, Slice, busy_share, read_trace
from benchmarks.plots.style import CAUSE_COLOURS, new_plot, save

_ROWS = {
    "open": "open, demux, decode",
    "demux": "open, demux, decode",
    "decode": "open, demux, decode",
    "sheet": "rows, sheet",
    "rows": "rows, sheet",
}
"""Stages of a video that come one after another share a row."""
_ORDER = ("source", "open, demux, decode", "seek", "encode", "upload", "rows, sheet")
_LONGEST_NAME = 28
_LEAST_WIDTH = 1 / 2000
"""Of the whole: a shorter slice would not be seen."""


def draw_gantt(trace: Path, path: Path, names: Mapping[str, str], title: str) -> Path | None:
    """The model on top, then each video's stages; None for a timeline with nothing in it.

    :param names: what to call videos, by the last part of their addresses.
    """
    slices = read_trace(trace)
    if not slices:
        return None
    rows = _rows(slices)
    seconds = max(one.end_seconds for one in slices)
    height = 1.6 + 0.19 * len(rows)
    figure, axes = new_plot(_title(title, slices), width=13, height=min(height, 40))
    least = seconds * _LEAST_WIDTH
    for row, (lane, stage) in enumerate(rows):
        for cause in reversed(CAUSES):
            bars = [
                (one.start_seconds, max(least, one.end_seconds - one.start_seconds))
                for one in slices
                if (one.lane, _row(one), one.cause) == (lane, stage, cause)
            ]
            axes.broken_barh(bars, (row - 0.4, 0.8), color=CAUSE_COLOURS[cause], linewidth=0)
        if row and rows[row - 1][0] != lane:
            axes.axhline(row - 0.5, color="#d0d0d0", linewidth=0.7)
    axes.set_yticks(range(len(rows)), _labels(rows, names), fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, seconds)
    axes.set_xlabel("seconds since the first video began")
    axes.legend(
        handles=[Patch(color=CAUSE_COLOURS[cause], label=cause) for cause in CAUSES],
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(CAUSES),
        frameon=False,
    )
    return save(figure, path)


def _title(title: str, slices: Sequence[Slice]) -> str:
    if not any(one.stage == MODEL_STAGE and one.cause == "busy" for one in slices):
        return title
    return f"{title}: model busy {100 * busy_share(slices):.1f} % from first to last window"


def _row(one: Slice) -> str:
    return _ROWS.get(one.stage, one.stage)


def _rows(slices: Sequence[Slice]) -> list[tuple[str, str]]:
    """Lane and stage, the model first, then videos in the order in which they begin."""
    first: dict[str, float] = {}
    for one in slices:
        first.setdefault(one.lane, one.start_seconds)
    pairs = {(one.lane, _row(one)) for one in slices}

    def order(pair: tuple[str, str]) -> tuple[bool, float, int, str]:
        lane, stage = pair
        number = _ORDER.index(stage) if stage in _ORDER else len(_ORDER)
        return stage != MODEL_STAGE, first[lane], number, stage

    return sorted(pairs, key=order)


def _labels(rows: Sequence[tuple[str, str]], names: Mapping[str, str]) -> list[str]:
    labels = []
    last = None
    for lane, stage in rows:
        end = lane.rpartition("/")[2]
        name = names.get(end, end)[-_LONGEST_NAME:]
        labels.append(f"{name}   {stage}" if lane != last else stage)
        last = lane
    return labels
