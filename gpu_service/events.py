"""Events: what the model says, what becomes of it, and what is stored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gpu_service.frames import Float32Array

_ID_BITS = 53
"""Ids stay within a double's exact integers: they travel as JSON numbers to JavaScript and jq."""

_TIMELINE_KEY = re.compile(r"^events/sessions/(.+)/timeline_overview\.jpg$", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class Scores:
    """What the event model says of each frame.

    :param single: ``(N,)`` float32 in [0, 1]: this frame is the middle of a transition.
    :param many: ``(N,)`` float32 in [0, 1]: this frame is part of a transition.
    :raises ValueError: when shapes or dtypes differ.
    """

    single: Float32Array
    many: Float32Array

    def __post_init__(self) -> None:
        for name, values in (("single", self.single), ("many", self.many)):
            if values.ndim != 1 or values.dtype != np.float32:
                raise ValueError(
                    f"{name}: expected float32 (N,), got {values.dtype} {values.shape}"
                )
        if self.single.shape != self.many.shape:
            raise ValueError(f"heads differ: {self.single.shape} and {self.many.shape}")

    def __len__(self) -> int:
        return len(self.single)

    def __repr__(self) -> str:
        return f"Scores(frames={len(self)})"


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames ``[first, end)`` of a video that make one event; frames are counted from 0."""

    first: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise ValueError(f"empty segment [{self.first}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Event:
    """One event and its midpoint frame, in seconds from the video's first frame.

    :param id: stable over runs, see :func:`event_id`.
    :param thumbnail_pts: PTS of the frame on screen at the event's midpoint.
    :param thumbnail_timestamp: that frame's own time.
    :param thumbnail_key: where its JPEG is stored, see :func:`thumbnail_key`.
    :param has_thumbnail: False where a damaged video gave that frame only once: there is no JPEG.
    """

    id: int
    start_time: Fraction
    end_time: Fraction
    event_type: str
    description: str
    thumbnail_pts: int
    thumbnail_timestamp: Fraction
    thumbnail_key: str
    has_thumbnail: bool = True


def event_id(
    *, video_id: int, etag: str, fingerprint: str, start_pts: int, end_pts: int, thumbnail_pts: int
) -> int:
    """The id of an event: the same for the same bytes under the same settings, on any backend.

    The object's ETag is part of it, so that an event of a replaced object never shares a key with
    one of the old object. Positive, below 2**53.

    :param fingerprint: of the settings that shape the result.
    """
    parts = (video_id, etag, fingerprint, start_pts, end_pts, thumbnail_pts)
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _ID_BITS)) or 1


def thumbnail_key(event_id: int, timestamp: Fraction) -> str:
    """The object key of an event's JPEG; the timestamp in whole milliseconds, cut, not rounded.

    Computed from the double that the row holds, as the contract's formula is by anyone who has
    only the row.
    """
    return f"events/event_{event_id}/frame_{int(float(timestamp) * 1000)}.jpg"


def session_folder(session_id: str | None, video_id: int) -> str:
    """The session in object keys; a video without a session is a session of its own."""
    return session_id if session_id is not None else f"video_{video_id}"


def timeline_key(session: str) -> str:
    """The object key of a session's contact sheet."""
    return f"events/sessions/{session}/timeline_overview.jpg"


def session_of(key: str) -> str | None:
    """The session whose contact sheet lies at this key; None for any other object."""
    match = _TIMELINE_KEY.match(key)
    return match[1] if match else None
