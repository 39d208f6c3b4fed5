"""The service."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.place import Place, Video
from benchmarks.rivals.base import Attempt, check_stored
from benchmarks.service import analyze


class Ours:
    """One ``gpu-service analyze`` of all videos."""

    name = "gpu-service"
    does = "S3 to events, exact pictures in S3, rows"

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """See :class:`~benchmarks.rivals.base.Rival`."""
        place.clear()
        analysis = analyze(place, videos, name=log)
        attempt = Attempt(
            analysis.finished,
            analysis.summary.seconds,
            analysis.events,
            {
                name: sum(event["has_thumbnail"] for event in one["events"])
                for name, one in analysis.printed.items()
            },
        )
        check_stored(place, "event", attempt)
        return attempt
