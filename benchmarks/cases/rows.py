"""Ten thousand events into the database, as the pipeline writes them."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, WrongResultsError
from gpu_service.events import Event, event_id, thumbnail_key
from gpu_service.jobs import SourceRef, Video, VideoResult
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.postgres import Database, open_database

_COUNT = 10_000
_MOST_SECONDS = 2.0
_VIDEO = 900_001
_GATHERED = 50
"""Events that a running video commits at once, in the second way."""


def run(context: Context) -> Outcome:
    """In one transaction at a video's end, and in many while it runs; both with their keys."""
    return asyncio.run(_run(context))


async def _run(context: Context) -> Outcome:
    settings = DatabaseSettings(DATABASE_URL=context.place.database_url)
    whole, growing = [], []
    async with open_database(settings) as database:
        for turn in range(context.repeats):
            whole.append(await _publish(database, turn, added_first=0))
            growing.append(await _publish(database, turn, added_first=_GATHERED))
        await database.publish(
            _result(database_video(), []), pin_etag="", model="m", fingerprint="f"
        )
    figures = [
        Figure("10,000 events in one transaction", "s", tuple(whole), at_most=_MOST_SECONDS),
        Figure(f"10,000 events, {_GATHERED} a transaction", "s", tuple(growing)),
    ]
    return Outcome(figures, {}, ["keys noted before, rows, and the video's result: committed"])


def database_video() -> Video:
    """The video that the rows belong to."""
    return Video(_VIDEO, None, SourceRef("bench", "rows.mp4"))


async def _publish(database: Database, turn: int, *, added_first: int) -> float:
    """Seconds for all rows.

    :param added_first: rows that are committed at once while the video would still run; 0: none.
    """
    video = database_video()
    await database.begin(video)
    events = _events(f"{turn}-{added_first}")
    async with database.lock_video(_VIDEO):
        start = time.perf_counter()
        await database.note_intents(_VIDEO, [event.thumbnail_key for event in events])
        added: set[int] = set()
        for first in range(0, _COUNT if added_first else 0, added_first or 1):
            some = events[first : first + added_first]
            await database.add_events(_VIDEO, some)
            added |= {event.id for event in some}
        await database.publish(
            _result(video, events), committed=added, pin_etag="e", model="m", fingerprint="f"
        )
        seconds = time.perf_counter() - start
    there = 0
    async for _ in database.events_of(_VIDEO):
        there += 1
    if there != _COUNT:
        raise WrongResultsError(f"{there} rows of {_COUNT}")
    return seconds


def _result(video: Video, events: list[Event]) -> VideoResult:
    return VideoResult(video, "cpu", "bench", duration_seconds=float(_COUNT), events=events)


def _events(run: str) -> list[Event]:
    events = []
    for number in range(_COUNT):
        identity = event_id(
            video_id=_VIDEO,
            etag="bench",
            fingerprint=run,
            start_pts=number,
            end_pts=number + 1,
            thumbnail_pts=number,
        )
        at = Fraction(2 * number + 1, 2)
        key = thumbnail_key(identity, at)
        span = Fraction(number), Fraction(number + 1)
        events.append(Event(identity, *span, "shot", f"shot {number}", number, at, key))
    return events
