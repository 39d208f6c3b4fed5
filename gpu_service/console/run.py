"""The end of a run, for people: where its time went, and how much memory it held."""

from __future__ import annotations

from rich import box
from rich.table import Table

from gpu_service.console.plain import counted
from gpu_service.run_summary import RunSummary
from gpu_service.trace import stage_rank

_MIB = 1024 * 1024


def run_table(summary: RunSummary) -> Table:
    """A row a stage: of all videos together, so that its seconds may exceed the run's."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    for name in ("busy", "starved", "blocked", "count"):
        table.add_column(name, justify="right")
    for stage in sorted(summary.stages, key=lambda stage: (stage_rank(stage), stage)):
        total = summary.stages[stage]
        table.add_row(
            stage,
            *(_seconds(total[name]) for name in ("seconds", "starved_seconds", "blocked_seconds")),
            f"{total['count']:.0f}",
        )
    return table


def run_lines(summary: RunSummary) -> list[str]:
    """What the run did as a whole."""
    videos = summary.videos
    counts = ", ".join(f"{n} {name}" for name, n in videos.items() if name != "asked" and n)
    line = f"{counted(videos['asked'], 'video')} ({counts}) in {summary.wall_seconds:.1f} s"
    if summary.seconds:
        line += (
            f": {counted(summary.events, 'event')} in {counted(summary.frames, 'frame')}, "
            f"{summary.frames / summary.seconds:.0f} frames/s without start-up"
        )
    lines = [line, _model(summary), _memory(summary)]
    if summary.object_size:
        share = summary.bytes_read / summary.object_size
        lines.append(
            f"read {summary.bytes_read / 1e6:.1f} MB of {summary.object_size / 1e6:.1f} MB "
            f"({share:.3f} of every byte)"
        )
    return [line for line in lines if line]


def compact_line(summary: RunSummary) -> str:
    """One line, for a run over one video."""
    parts = [_model(summary), _memory(summary), f"{summary.wall_seconds:.1f} s in all"]
    return "; ".join(part for part in parts if part)


def _model(summary: RunSummary) -> str:
    model = summary.occupancy
    if model.share is None:
        return ""
    return (
        f"model busy {100 * model.share:.1f} % from its first window to its last: "
        f"{counted(model.count('windows'), 'window')} in {counted(model.pieces, 'batch', 'batches')}"
    )


def _memory(summary: RunSummary) -> str:
    peaks = [
        f"{name} {budget['peak_bytes'] / _MIB:.1f} of {budget['limit_bytes'] / _MIB:.0f} MiB"
        for name, budget in summary.budgets.items()
    ]
    return f"held at most: {', '.join(peaks)}" if peaks else ""


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value else "-"
