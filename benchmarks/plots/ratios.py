"""How many times faster than the naive design, with spread and with what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.plots.style import ASKED, OURS, new_plot, save
from benchmarks.runner import Record

_CASES = ("batch", "fixed-camera", "transnet-test")


def draw_ratios(records: Sequence[Record], path: Path) -> Path | None:
    """One bar a case; None where none has run."""
    found = {record.case: record.figures[0] for record in records if record.figures}
    names = [name for name in _CASES if name in found]
    if not names:
        return None
    figure, axes = new_plot("times faster than the naive design (end to end, S3 at 20 ms)")
    for row, name in enumerate(names):
        one = found[name]
        low, high = min(one.samples), max(one.samples)
        axes.barh(row, one.median, color=OURS, height=0.5)
        axes.errorbar(
            one.median,
            row,
            xerr=[[one.median - low], [high - one.median]],
            color="black",
            capsize=4,
        )
        axes.annotate(
            f"{one.median:.1f}×", (high, row), (8, 0), textcoords="offset points", va="center"
        )
        if one.at_least is not None:
            axes.plot([one.at_least] * 2, [row - 0.35, row + 0.35], color=ASKED, linewidth=2)
            axes.annotate(
                f"asked: {one.at_least:g}×",
                (one.at_least, row + 0.37),
                (0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=ASKED,
                fontsize=9,
            )
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.3)
    axes.set_xlim(0, max(max(found[name].samples) for name in names) * 1.15)
    axes.set_xlabel("naive seconds / our seconds, median; whiskers: lowest and highest round")
    return save(figure, path)
