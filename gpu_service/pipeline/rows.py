"""Rows of a video's events, committed while the video still runs."""

from __future__ import annotations

import anyio

from gpu_service.events import Event
from gpu_service.pipeline.queue import EventQueue
from gpu_service.sink.postgres import Database
from gpu_service.trace import Phase, Trace


class Rows:
    """Writes what has gathered, all in one statement, while the next gathers.

    :param at_once: whether rows are committed as they come. Where readers still see an earlier
        result of the video they are not: they replace it whole, at the end.
    """

    def __init__(
        self, database: Database, video_id: int, stored: EventQueue, trace: Trace, *, at_once: bool
    ) -> None:
        self._database = database
        self._video_id = video_id
        self._stored = stored
        self._trace = trace
        self._at_once = at_once
        self.events: dict[int, Event] = {}
        """By their ids, as they were stored."""
        self.committed: set[int] = set()
        """Ids of the events whose rows are there."""

    async def run(self, all_stored: anyio.Event) -> None:
        """Write rows until no more events come.

        :param all_stored: set at the end.

        :raises SettingsError: the tables refuse a row.
        :raises TransientError: the database does not answer.
        """
        while True:
            with self._trace.waiting("rows", Phase.STARVED):
                events = await self._stored.take()
            if not events:
                all_stored.set()
                return
            self.events |= {event.id: event for event in events}
            if self._at_once:
                with self._trace.span("rows", events=len(events)):
                    await self._database.add_events(self._video_id, events)
                self.committed |= {event.id for event in events}
