"""Does a session's contact sheet show what the rows say?"""

from __future__ import annotations

from gpu_service.encode.check import jpeg_problem
from gpu_service.errors import BusyError
from gpu_service.events import timeline_key
from gpu_service.pipeline.services import Sinks
from gpu_service.pipeline.session_sheet import count_own
from gpu_service.pipeline.threads import in_thread
from gpu_service.sink.base import StoredObject
from gpu_service.sink.records import VideoRow

_TURN_SECONDS = 30.0
"""How long a run may draw a sheet before that alone says that one is at work."""


async def sheet_problem(sinks: Sinks, video: VideoRow) -> str | None:
    """What is wrong with the sheet of the session of a video that has a result; None: nothing.

    A run that has published its rows and not yet drawn them is nothing wrong.

    :raises SettingsError: database or store refuse.
    :raises TransientError: one of them does not answer.
    """
    sheet = await sinks.store.get(timeline_key(video.session_folder))
    if sheet is None:
        return "the contact sheet is missing"
    if problem := await in_thread(jpeg_problem, sheet.body):
        return problem
    if await _outdated(sinks, video, sheet) is None:
        return None
    try:
        # While no sheet can be drawn, whoever still has to draw one holds its video.
        async with sinks.database.session_lock(video.session_folder, wait_seconds=_TURN_SECONDS):
            problem = await _outdated(sinks, video, sheet=None)
            return None if problem is None or await _is_at_work(sinks, video) else problem
    except BusyError:
        return None


async def _outdated(sinks: Sinks, video: VideoRow, sheet: StoredObject | None) -> str | None:
    sheet = sheet or await sinks.store.get(timeline_key(video.session_folder))
    said = None if sheet is None else sheet.metadata.get("events")
    count = count_own(await sinks.database.session_events(video))
    if said == str(count):
        return None
    return (
        f"the contact sheet shows {said} events, the rows of its session are {count}; "
        "analyze one of its videos again"
    )


async def _is_at_work(sinks: Sinks, video: VideoRow) -> bool:
    """Whether a run holds a video that is in the session, or was until a moment ago."""
    key = timeline_key(video.session_folder)
    left = (await sinks.database.holders_of_key(key))[1]
    ids = await sinks.database.session_videos(video)
    for video_id in ids if left is None else [left, *ids]:
        if await sinks.database.is_locked(video_id):
            return True
    return False
