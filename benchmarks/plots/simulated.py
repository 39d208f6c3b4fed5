"""The simulated accelerator: idle time by cause, and how busy it is against concurrency."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.plots.style import ASKED, CAUSE_COLOURS, save
from benchmarks.runner import Record

_USUAL_LATENCY_MS = 20
_COLOURS = CAUSE_COLOURS | {
    "host": "#8d6cab",
    "opening": "#7aa6c2",
    "publishing": "#2f5d8a",
    "absent": "#e6e6e6",
}
_WORDS = {
    "busy": "busy",
    "starved": "waited for bytes (NVDEC) or windows (model)",
    "blocked": "waited for room behind",
    "host": "the host was at work",
    "opening": "videos being opened",
    "publishing": "videos being published",
    "absent": "fewer videos than engines",
}
_DEVICE_COLOURS = ("#2a7f62", "#c8553d", "#2f5d8a", "#d19a2a", "#8d6cab", "#6b6b6b")


def draw_idle(record: Record, path: Path) -> Path:
    """A bar a device and concurrency, S3 at 20 ms: NVDEC's time on the left, the model's right."""
    runs = _at(record.details["runs"], _USUAL_LATENCY_MS)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(13, 2.2 + 0.3 * len(runs)), layout="constrained", sharey=True
    )
    _bars(left, runs, "engine_shares", "time of the NVDEC engines")
    _bars(right, runs, "model_shares", "time of the model")
    labels = [f"{run['device']}, {run['concurrency']} at once" for run in runs]
    left.set_yticks(range(len(runs)), labels)
    left.set_ylim(len(runs) - 0.4, -0.6)
    for number, run in enumerate(runs):
        right.annotate(
            f"{run['host_cores']:.2f} cores",
            (101, number),
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    right.annotate("host", (101, -0.9), fontsize=8, annotation_clip=False)
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(
        "simulated devices, S3 at 20 ms: where the time went (no GPU ran)", x=0.01, ha="left"
    )
    return save(figure, path)


def draw_occupancy(record: Record, path: Path) -> Path:
    """NVDEC's busy share against videos at once, a panel for each distance of S3."""
    runs = record.details["runs"]
    latencies = sorted({run["latency_ms"] for run in runs})
    figure, panels = plt.subplots(
        1,
        len(latencies),
        figsize=(2.5 + 3.6 * len(latencies), 4.2),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    devices = list(dict.fromkeys(run["device"] for run in runs))
    for axes, latency in zip(panels[0], latencies, strict=True):
        for device, colour in zip(devices, _DEVICE_COLOURS * len(devices), strict=False):
            points = sorted(
                (run["concurrency"], 100 * run["engine_shares"]["busy"])
                for run in _at(runs, latency)
                if run["device"] == device
            )
            axes.plot(*zip(*points, strict=True), "o-", color=colour, label=device)
        axes.axhline(100 * record.details["saturated"], color=ASKED, linestyle=":")
        axes.set_xscale("log", base=2)
        levels = sorted({run["concurrency"] for run in runs})
        axes.set_xticks(levels, [str(level) for level in levels])
        axes.set_title(f"S3 at {latency:g} ms", loc="left", fontsize=11)
        axes.set_xlabel("videos at once")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(0, 103)
    panels[0][0].set_ylabel("NVDEC engines busy, %")
    panels[0][-1].legend(loc="lower right", frameon=False)
    return save(figure, path)


def _at(runs: Sequence[dict[str, Any]], latency_ms: float) -> list[dict[str, Any]]:
    return [run for run in runs if round(run["latency_ms"], 6) == round(latency_ms, 6)]


def _bars(axes: Axes, runs: Sequence[dict[str, Any]], what: str, title: str) -> None:
    for cause, colour in _COLOURS.items():
        shares = [100 * run[what].get(cause, 0.0) for run in runs]
        before = [sum(100 * run[what].get(c, 0.0) for c in _before(cause)) for run in runs]
        axes.barh(range(len(runs)), shares, left=before, color=colour, label=_WORDS[cause])
    for number, run in enumerate(runs):
        axes.annotate(
            f"{100 * run[what]['busy']:.0f} %",
            (1, number),
            va="center",
            fontsize=8,
            color="white" if run[what]["busy"] > 0.1 else "black",
        )
        if number and runs[number - 1]["device"] != run["device"]:
            axes.axhline(number - 0.5, color="#d0d0d0", linewidth=0.7)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% from first work to last")
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


def _before(cause: str) -> list[str]:
    causes = list(_COLOURS)
    return causes[: causes.index(cause)]
