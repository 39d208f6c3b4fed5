"""Results as tables for people."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from gpu_service.console.plain import counted, plain
from gpu_service.jobs import VideoResult, VideoStatus
from gpu_service.timeline import clock_text


def events_table(result: dict[str, Any]) -> Table:
    """One row an event.

    :param result: the contract's object, as ``--json`` prints it.
    """
    title = f"{result['source']}: video {result['video_id']}, {result['status']}"
    table = Table(title=Text(plain(title)))
    for name in ("#", "start", "end", "thumbnail"):
        table.add_column(name, justify="right")
    table.add_column("what")
    for number, event in enumerate(result["events"], 1):
        table.add_row(
            str(number),
            clock_text(event["start_time"]),
            clock_text(event["end_time"]),
            clock_text(event["thumbnail_timestamp"]) if event["has_thumbnail"] else "none",
            Text(plain(event["description"])),
        )
    return table


def summary_line(result: VideoResult, seconds: float) -> str:
    """One line of how it went, which names the video once, at its beginning.

    :param seconds: how long it took.
    """
    source = str(result.video.source)
    message = (result.message or "").removeprefix(source).removeprefix(":").lstrip()
    if result.video.source.bucket is not None:
        message = message.replace(source, "it")
    if result.status is VideoStatus.FAILED:
        return plain(f"{source}: failed: {result.reason}: {message}")
    line = (
        f"{source}: {result.status}: {counted(len(result.events), 'event')} in "
        f"{counted(result.frames, 'frame')} on "
        f"{result.device} ({result.backend}), {seconds:.1f} s"
    )
    if result.object_size:
        line += f", read {result.bytes_read} of {result.object_size} bytes"
    return plain(f"{line}; {result.reason}: {message}" if result.reason else line)
