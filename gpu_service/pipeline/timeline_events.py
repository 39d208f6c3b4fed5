"""Segments of frames become events with ids, midpoints and keys."""

from __future__ import annotations

import hashlib
from fractions import Fraction

from gpu_service.detect.describe import describe_segment
from gpu_service.detect.segments import segments_of
from gpu_service.events import Event, event_id, thumbnail_key
from gpu_service.pipeline.scan import Scanned
from gpu_service.settings import Settings

EVENT_TYPE = "shot"

_RESULT_VERSION = 1
"""Raised when the same settings come to mean another result."""


def shaping_settings(settings: Settings) -> dict[str, object]:
    """The settings that events and JPEGs depend on, by their names."""
    return {
        "threshold": settings.detect.threshold,
        "min_event_seconds": settings.detect.min_event_seconds,
        "jpeg_quality": settings.thumbnail.jpeg_quality,
        "max_width": settings.thumbnail.max_width,
    }


def result_fingerprint(settings: Settings, detector_fingerprint: str) -> str:
    """Changes whenever the same bytes could give other events or other JPEGs."""
    parts = (_RESULT_VERSION, detector_fingerprint, *shaping_settings(settings).values())
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def events_of(
    scanned: Scanned, settings: Settings, *, video_id: int, etag: str, fingerprint: str
) -> list[Event]:
    """The video's events in order; at least one."""
    times = scanned.times
    segments = segments_of(
        scanned.scores,
        times,
        threshold=settings.detect.threshold,
        min_event_seconds=Fraction(str(settings.detect.min_event_seconds)),
    )
    events = []
    for number in range(len(segments)):
        interval = times.span(segments[number].first, segments[number].end)
        midpoint = times.on_screen(interval.midpoint_pts)
        identity = event_id(
            video_id=video_id,
            etag=etag,
            fingerprint=fingerprint,
            start_pts=interval.start_pts,
            end_pts=interval.end_pts,
            thumbnail_pts=midpoint,
        )
        timestamp = times.seconds(midpoint)
        events.append(
            Event(
                id=identity,
                start_time=times.seconds(interval.start_pts),
                end_time=times.seconds(interval.end_pts),
                event_type=EVENT_TYPE,
                description=describe_segment(
                    segments, number, scanned.scores, times, threshold=settings.detect.threshold
                ),
                thumbnail_pts=midpoint,
                thumbnail_timestamp=timestamp,
                thumbnail_key=thumbnail_key(identity, timestamp),
            )
        )
    return events
