"""The design that the service replaces: one process, one thing after another.

Download the whole object, run the model as its package runs it (its own ffmpeg decoding, its own
windows, the flags that importing it sets), then for each event: OpenCV seeks to the midpoint, one
JPEG, one put, one insert. Events come from the scores by the service's rule, so that both have the
same ones to make.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from benchmarks.place import Place, Video
from benchmarks.rivals.base import Attempt, check_stored, run_child

_TABLE = """
CREATE SCHEMA IF NOT EXISTS naive;
DROP TABLE IF EXISTS naive.event;
CREATE TABLE naive.event (
    id bigserial PRIMARY KEY,
    video_id bigint NOT NULL,
    start_time double precision NOT NULL,
    end_time double precision NOT NULL,
    event_type varchar(50),
    description text,
    s3_thumbnail_key varchar(500),
    thumbnail_timestamp double precision,
    has_thumbnail boolean DEFAULT false
);
CREATE INDEX ON naive.event (video_id)
"""


class Naive:
    """Download, model, seek, put, insert."""

    name = "naive"
    does = "S3 to events, OpenCV pictures in S3, rows; one after another"

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """See :class:`~benchmarks.rivals.base.Rival`."""
        place.clear()
        asyncio.run(place.execute(_TABLE))
        attempt = run_child(place, "benchmarks.rivals.naive_child", videos, log=log)
        check_stored(place, "naive.event", attempt)
        return attempt
