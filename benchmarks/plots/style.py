"""How every plot looks."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

CAUSE_COLOURS = {"busy": "#2a7f62", "starved": "#f2dca0", "blocked": "#c8553d"}
OURS, OURS_PALE, RIVAL, ASKED, DARK = "#2a7f62", "#9ccbb8", "#8d99ae", "#c8553d", "#2f3e4e"


def new_plot(title: str, *, width: float = 8.0, height: float = 4.5) -> tuple[Figure, Axes]:
    """An empty plot."""
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set_title(title, loc="left", fontsize=12)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG and let go of the figure."""
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path
