"""Results as tables for people."""

from __future__ import annotations

from rich.table import Table

from gpu_service.jobs import VideoResult, VideoStatus
from gpu_service.timeline import clock_text


def events_table(result: VideoResult) -> Table:
    """One row an event."""
    table = Table(title=f"{result.video.source}: video {result.video.id}, {result.status}")
    table.add_column("#", justify="right")
    table.add_column("start", justify="right")
    table.add_column("end", justify="right")
    table.add_column("thumbnail", justify="right")
    table.add_column("what")
    for number, event in enumerate(result.events, 1):
        table.add_row(
            str(number),
            clock_text(event.start_time),
            clock_text(event.end_time),
            clock_text(event.thumbnail_timestamp),
            event.description,
        )
    return table


def summary_line(result: VideoResult) -> str:
    """One line of how it went; an error's message names the video itself."""
    if result.status is VideoStatus.FAILED:
        return f"failed: {result.reason}: {result.message}"
    seconds = sum(stage["seconds"] for stage in result.stages.values())
    count = len(result.events)
    events = f"{count} {'event' if count == 1 else 'events'}"
    line = (
        f"{result.video.source}: {result.status}: {events} in {result.frames} frames on "
        f"{result.device} ({result.backend}), {seconds:.1f} s of work"
    )
    if result.object_size:
        line += f", read {result.bytes_read} of {result.object_size} bytes"
    return f"{line}; {result.reason}: {result.message}" if result.reason else line
