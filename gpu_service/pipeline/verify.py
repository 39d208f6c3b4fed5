"""Read everything back: do rows and objects say the same?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from gpu_service.encode.check import jpeg_problem
from gpu_service.events import session_of, timeline_key
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Sinks
from gpu_service.pipeline.sheet_check import sheet_problem
from gpu_service.pipeline.threads import in_thread
from gpu_service.sink.base import StoredObject
from gpu_service.sink.records import MADE_BY, EventRow, VideoRow

_FETCHES_IN_FLIGHT = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    :param where: the video, event or key.
    :param what: what is wrong with it.
    """

    where: str
    what: str


@dataclass(slots=True)
class Report:
    """What was read back and what is wrong."""

    videos: int = 0
    events: int = 0
    objects: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems


async def verify_sinks(sinks: Sinks, video_id: int | None) -> Report:
    """Check one video, or everything and that no object is without a row.

    Runs may be at work meanwhile: what they have stored and not yet published is no problem, and
    neither are the rows of other applications.

    :raises InputError: there is no such video.
    :raises SettingsError: database or store refuse.
    :raises TransientError: one of them does not answer.
    """
    report = Report()
    sheets: set[str] = set()
    checked: set[str] = set()
    send, receive = anyio.create_memory_object_stream[EventRow](_FETCHES_IN_FLIGHT)
    async with task_group() as group:
        for _ in range(_FETCHES_IN_FLIGHT):
            group.start_soon(_check_objects, sinks, receive.clone(), report)
        receive.close()
        async with send:
            async for listed in sinks.database.videos(video_id):
                sheets.add(timeline_key(listed.session_folder))
                # Minutes may have passed since the page of videos was read.
                video = await _check_video(sinks, listed.id, report)
                if video is None:
                    continue
                sheet = timeline_key(video.session_folder)
                if video.status in ("complete", "partial") and sheet not in checked:
                    checked.add(sheet)
                    if problem := await sheet_problem(sinks, video):
                        report.problems.append(Problem(sheet, problem))
                report.videos += 1
                previous: EventRow | None = None
                async for event in sinks.database.events_of(video.id):
                    if event.made_by != MADE_BY:
                        continue
                    report.events += 1
                    report.problems += event_problems(video, previous, event)
                    previous = event
                    if event.s3_thumbnail_key:
                        await send.send(event)
                if previous is None and video.status in ("complete", "partial"):
                    report.problems.append(Problem(f"video {video.id}", "has no events"))
    if video_id is None:
        report.problems += [problem async for problem in _orphans(sinks, sheets)]
    report.problems.sort(key=lambda problem: (problem.where, problem.what))
    return report


async def _check_video(sinks: Sinks, video_id: int, report: Report) -> VideoRow | None:
    """Check the row; None when it has been removed meanwhile."""
    database = sinks.database
    where = f"video {video_id}"
    locked = await database.is_locked(video_id)
    video = await database.video(video_id)
    if video is None:
        return None
    stale = await database.stale_keys(video_id)
    # Of a video that a run works on, or has worked on between the questions, these say nothing.
    if not locked and not await database.is_locked(video_id):
        if video.status == "running":
            report.problems.append(Problem(where, "was interrupted; analyze it again"))
        if stale:
            said = f"{len(stale)} objects wait to be swept; analyze it again"
            report.problems.append(Problem(where, said))
    return video


def event_problems(
    video: VideoRow, previous: EventRow | None, event: EventRow
) -> Iterator[Problem]:
    """What is wrong with a row by itself and beside the one before it."""
    where = f"video {event.video_id}, event {event.id}"
    if not 0 <= event.start_time < event.end_time:
        yield Problem(where, f"runs from {event.start_time} to {event.end_time}")
    if video.duration is not None and event.end_time > video.duration + 1e-6:
        yield Problem(where, f"ends at {event.end_time}, the video at {video.duration}")
    if previous is not None and event.start_time < previous.end_time - 1e-9:
        yield Problem(where, f"begins before event {previous.id} ends")
    if event.has_thumbnail != bool(event.s3_thumbnail_key):
        yield Problem(where, "has_thumbnail and s3_thumbnail_key disagree")
    at = event.thumbnail_timestamp
    if at is not None and not event.start_time - 1e-6 <= at < event.end_time:
        yield Problem(where, f"its thumbnail at {at} lies outside it")


def object_problems(event: EventRow, stored: StoredObject | None) -> Iterator[Problem]:
    """What is wrong with the object that a row points at; decodes it, so blocks."""
    where = f"video {event.video_id}, event {event.id}, {event.s3_thumbnail_key}"
    if stored is None:
        yield Problem(where, "the object is missing")
        return
    if problem := jpeg_problem(stored.body):
        yield Problem(where, problem)
    if stored.content_type != "image/jpeg":
        yield Problem(where, f"its content type is {stored.content_type}")
    wanted = {
        "video_id": str(event.video_id),
        "event_id": str(event.id),
        "timestamp": repr(event.thumbnail_timestamp),
    }
    for name, value in wanted.items():
        found = stored.metadata.get(name)
        if found != value:
            yield Problem(where, f"its metadata says {name}={found}, the row {value}")


async def _check_objects(
    sinks: Sinks, receive: MemoryObjectReceiveStream[EventRow], report: Report
) -> None:
    async with receive:
        async for event in receive:
            key = str(event.s3_thumbnail_key)
            stored = await sinks.store.get(key)
            if stored is None and not (await sinks.database.holders_of_key(key))[0]:
                # A run has replaced the timeline since it was read.
                continue
            report.objects += stored is not None
            report.problems += await in_thread(list, object_problems(event, stored))


async def _orphans(sinks: Sinks, sheets: set[str]) -> AsyncIterator[Problem]:
    """Objects without a row: two ordered walks side by side, neither held in memory."""
    rows = sinks.database.thumbnail_keys()
    row: str | None = ""
    async for key in sinks.store.list_keys("events/"):
        while row is not None and row < key:
            row = await anext(rows, None)
        if key != row and key not in sheets and not await _is_at_work(sinks, key):
            yield Problem(key, "no row points at this object")


async def _is_at_work(sinks: Sinks, key: str) -> bool:
    """Whether a run has stored the object, or its row, while we were looking elsewhere."""
    session = session_of(key)
    if session is not None and await sinks.database.session_exists(session):
        return True
    video_id = (await sinks.database.holders_of_key(key))[1]
    if video_id is not None and await sinks.database.is_locked(video_id):
        return True
    # Asked last: the row comes before the lock goes.
    return (await sinks.database.holders_of_key(key))[0]
