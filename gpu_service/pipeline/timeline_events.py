"""Scores become events with ids, midpoints and keys, as soon as they are settled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction

from gpu_service.detect.describe import describe_segment
from gpu_service.detect.segment_stream import SegmentStream, SettledSegment
from gpu_service.events import Event, Scores, event_id, thumbnail_key
from gpu_service.frames import Int64Array
from gpu_service.settings import Settings
from gpu_service.timeline import GrowingTimes

EVENT_TYPE = "shot"

_RESULT_VERSION = 2
"""Raised when the same settings come to mean another result."""


def shaping_settings(settings: Settings) -> dict[str, object]:
    """The settings that events and JPEGs depend on, by their names."""
    return {
        "detect_mode": settings.detect.detect_mode,
        "threshold": settings.detect.threshold,
        "min_event_seconds": settings.detect.min_event_seconds,
        "jpeg_quality": settings.thumbnail.jpeg_quality,
        "max_width": settings.thumbnail.max_width,
    }


def result_fingerprint(settings: Settings, detector_fingerprint: str) -> str:
    """Changes whenever the same bytes could give other events or other JPEGs."""
    parts = (_RESULT_VERSION, detector_fingerprint, *shaping_settings(settings).values())
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


class EventStream:
    """The events of one video, one after another.

    :param etag: of the pinned object.
    :param fingerprint: of the result, see :func:`result_fingerprint`.
    :param time_base: seconds a tick.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        video_id: int,
        etag: str,
        fingerprint: str,
        time_base: Fraction,
    ) -> None:
        self.times = GrowingTimes(time_base)
        self._segments = SegmentStream(
            self.times,
            threshold=settings.detect.threshold,
            min_event_seconds=Fraction(str(settings.detect.min_event_seconds)),
        )
        self._video_id = video_id
        self._etag = etag
        self._fingerprint = fingerprint

    def __len__(self) -> int:
        """Frames scored so far."""
        return len(self._segments)

    @property
    def earliest_midpoint_pts(self) -> int | None:
        """No event to come has a thumbnail before the frame with this PTS; None: not known yet.

        An event that still goes on has its middle half-way at least to the last frame scored.
        """
        segment = self._segments.open_segment
        if segment is None:
            return None
        pts = self.times.pts
        return self.times.on_screen(Fraction(pts[segment.first] + pts[segment.end - 1], 2))

    def append(self, pts: Int64Array) -> None:
        """The PTS of the next frames, which will be scored some time."""
        self.times.append(pts.tolist())

    def feed(self, scores: Scores) -> list[Event]:
        """Take the next scores; return the events that they settle.

        :raises InternalError: scores that are no numbers.
        """
        return self._events(self._segments.feed(scores))

    def finish(self, end_pts: int) -> list[Event]:
        """Every frame is scored; return the remaining events.

        :param end_pts: exclusive end of the last frame.
        :raises InternalError: there was not one score for each frame.
        """
        self.times.finish(end_pts)
        return self._events(self._segments.finish())

    def _events(self, settled: Iterable[SettledSegment]) -> list[Event]:
        return [self._event(one) for one in settled]

    def _event(self, settled: SettledSegment) -> Event:
        times = self.times
        interval = times.span(settled.segment.first, settled.segment.end)
        midpoint = times.on_screen(interval.midpoint_pts)
        identity = event_id(
            video_id=self._video_id,
            etag=self._etag,
            fingerprint=self._fingerprint,
            start_pts=interval.start_pts,
            end_pts=interval.end_pts,
            thumbnail_pts=midpoint,
        )
        timestamp = times.seconds(midpoint)
        return Event(
            id=identity,
            start_time=times.seconds(interval.start_pts),
            end_time=times.seconds(interval.end_pts),
            event_type=EVENT_TYPE,
            description=describe_segment(settled, times),
            thumbnail_pts=midpoint,
            thumbnail_timestamp=timestamp,
            thumbnail_key=thumbnail_key(identity, timestamp),
        )
