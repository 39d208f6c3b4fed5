"""How many times faster than the naive design, with spread and with what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from benchmarks.figures import Figure
from benchmarks.plots.style import ASKED, OURS, OURS_PALE, new_plot, save
from benchmarks.runner import Record

_CASES = ("batch", "fixed-camera", "transnet-test")
_HEIGHT = 0.36


def draw_ratios(records: Sequence[Record], path: Path) -> Path | None:
    """Two bars a case: what is asked for, and the other; None where no case has run."""
    found = {record.case: record.figures[:2] for record in records if record.figures}
    names = [name for name in _CASES if name in found]
    if not names:
        return None
    figure, axes = new_plot(
        "times faster than the naive design (S3 at 20 ms)", height=2.0 + 1.1 * len(names)
    )
    for row, name in enumerate(names):
        asked, beside = found[name]
        for one, place, colour in ((asked, -_HEIGHT / 2, OURS), (beside, _HEIGHT / 2, OURS_PALE)):
            _bar(axes, row + place, one, colour, one.name.rpartition(", ")[2] if row == 0 else "")
        if asked.at_least is not None:
            axes.plot([asked.at_least] * 2, [row - 0.42, row], color=ASKED, linewidth=2)
            axes.annotate(
                f"asked: {asked.at_least:g}×",
                (asked.at_least, row - 0.42),
                (0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=ASKED,
                fontsize=9,
            )
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.75)
    shown = [one for name in names for one in found[name]]
    axes.set_xlim(0, 1.15 * max(max((*one.samples, one.at_least or 0)) for one in shown))
    axes.set_xlabel("naive seconds / our seconds: median; whiskers: lowest and highest round")
    figure.legend(loc="outside lower right", ncols=2, frameon=False)
    return save(figure, path)


def _bar(axes: Axes, place: float, one: Figure, colour: str, label: str) -> None:
    low, high = min(one.samples), max(one.samples)
    axes.barh(place, one.median, color=colour, height=_HEIGHT * 0.92, label=label or None)
    whiskers = [[one.median - low], [high - one.median]]
    axes.errorbar(one.median, place, xerr=whiskers, color="black", capsize=4)
    axes.annotate(
        f"{one.median:.1f}×", (high, place), (8, 0), textcoords="offset points", va="center"
    )
