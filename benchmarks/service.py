"""The service as its users run it: ``gpu-service analyze … --json``, a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.place import Place, Video
from benchmarks.process import Finished, Running
from benchmarks.run_summary import RunSummary, read_printed


@dataclass(frozen=True, slots=True)
class Analysis:
    """One run over one or several videos.

    :param printed: by the video's name.
    :param printed_of: the same by its address, for videos that share a file.
    """

    finished: Finished
    printed: dict[str, dict[str, Any]]
    summary: RunSummary
    printed_of: dict[str, dict[str, Any]]

    @property
    def events(self) -> dict[str, list[tuple[float, float]]]:
        """By the video's name: begin and end of each, in seconds."""
        return {
            name: [(event["start_time"], event["end_time"]) for event in one["events"]]
            for name, one in self.printed.items()
        }


def start_analyze(
    place: Place,
    videos: Sequence[Video],
    *,
    name: str,
    options: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> Running:
    """Start ``analyze``.

    :param name: of its log.
    :param settings: further environment, such as ``GPU_SERVICE_CONCURRENCY``.
    """
    addresses = [video.address for video in videos]
    words = ["-m", "gpu_service", "analyze", "--json", "--summary", "-", *options, *addresses]
    return place.start(words, name=name, more=settings)


def analyze(
    place: Place,
    videos: Sequence[Video],
    *,
    name: str,
    options: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    trace: Path | None = None,
) -> Analysis:
    """Analyze videos in one command.

    :param trace: where it shall write its timeline.
    :raises RuntimeError: it failed, or a video is missing from what it printed.
    """
    if trace is not None:
        options = [*options, "--trace", str(trace)]
    running = start_analyze(place, videos, name=name, options=options, settings=settings)
    return read_analysis(running.wait(), videos)


def read_analysis(finished: Finished, videos: Sequence[Video]) -> Analysis:
    """What a finished ``analyze`` printed.

    :raises RuntimeError: a video is missing from it, or is not complete.
    """
    printed, summary = read_printed(finished.stdout)
    found = {str(result["source"]): result for result in printed}
    for video in videos:
        status = found.get(video.address, {}).get("status", "missing")
        if status != "complete":
            raise RuntimeError(f"{video.name}: {status}, not complete")
    by_name = {video.name: found[video.address] for video in videos}
    return Analysis(finished, by_name, summary, found)
