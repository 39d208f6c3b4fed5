"""The reading side of the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from gpu_service.errors import InputError
from gpu_service.jobs import Video
from gpu_service.sink.connection import lent
from gpu_service.sink.database_errors import translating
from gpu_service.sink.queries import QUERIES
from gpu_service.sink.records import MADE_BY, EventRow, VideoRow

_PAGE_ROWS = 500
_BEFORE_ALL_IDS = -(2**63)


class Reader:
    """Reads through a pool. No connection is held between two rows of an iterator: long walks are
    done in pages, and one video's timeline is one statement, so that it is never a mix.

    :raises TransientError: of every method: the database is lost.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def events_of(self, video_id: int) -> AsyncIterator[EventRow]:
        """A video's events, everybody's, by start time: one timeline as it was at one moment."""
        for row in await self._fetch("reading events", "events_of_video", video_id):
            yield EventRow(*row)

    async def session_events(self, video: Video | VideoRow) -> list[EventRow]:
        """The events with thumbnails of a video's session, by video and start time.

        Of every video that has a result, whatever its status. Rows of a first run are left out
        until its timeline is whole: they go again if it fails. A video without a session is a
        session of its own.
        """
        if video.session_id is None:
            return [
                event
                async for event in self.events_of(video.id)
                if event.has_thumbnail and event.s3_thumbnail_key
            ]
        rows = await self._fetch(
            "reading a session", "events_of_session", video.session_id, MADE_BY
        )
        return [EventRow(*row) for row in rows]

    async def session_videos(self, video: Video | VideoRow) -> list[int]:
        """The ids of the videos of a video's session."""
        if video.session_id is None:
            return [video.id]
        rows = await self._fetch("reading a session", "videos_of_session", video.session_id)
        return [row["id"] for row in rows]

    async def video(self, video_id: int) -> VideoRow | None:
        """One video as it is now; None where there is no such row."""
        rows = await self._fetch("reading a video", "video_row", video_id)
        return _video_row(rows[0]) if rows else None

    async def known_video(self, video_id: int) -> VideoRow:
        """The same of a video that there has to be.

        :raises InputError: ``video_missing``.
        """
        video = await self.video(video_id)
        if video is None:
            raise InputError(f"there is no video {video_id}", reason="video_missing")
        return video

    async def videos(self, video_id: int | None = None) -> AsyncIterator[VideoRow]:
        """One video, or all by id.

        :raises InputError: ``video_missing``, where one was asked for.
        """
        if video_id is not None:
            yield await self.known_video(video_id)
            return
        last = _BEFORE_ALL_IDS
        while rows := await self._fetch("reading videos", "videos_page", last, _PAGE_ROWS):
            for row in rows:
                yield _video_row(row)
            last = rows[-1]["id"]

    async def thumbnail_keys(self) -> AsyncIterator[str]:
        """Every key that a row points at, once, in the order in which stores list theirs."""
        last = ""
        while rows := await self._fetch("reading keys", "thumbnail_keys_page", last, _PAGE_ROWS):
            for row in rows:
                yield row["key"]
            last = rows[-1]["key"]

    async def stale_keys(self, video_id: int) -> list[str]:
        """The video's noted keys that no row points at: objects there may be, but nobody's.

        While a run works on the video its own uploads are among them.
        """
        rows = await self._fetch("reading stale keys", "stale_keys", video_id)
        return [row["key"] for row in rows]

    async def holders_of_key(self, key: str) -> tuple[bool, int | None]:
        """Whether a row points at an object, and the video that it is noted for."""
        (row,) = await self._fetch("looking up a key", "holders_of_key", key)
        return row["has_row"], row["noted_for"]

    async def session_exists(self, session_folder: str) -> bool:
        """Whether a video is in this session, or is this session of its own."""
        (row,) = await self._fetch("looking up a session", "session_exists", session_folder)
        return bool(row[0])

    async def _fetch(self, what: str, query: str, *arguments: object) -> list[Any]:
        async with lent(self._pool, what) as connection:
            with translating(what):
                return list(await connection.fetch(QUERIES[query], *arguments))


def _video_row(row: Any) -> VideoRow:
    values = dict(row)
    values["settings"] = json.loads(values["settings"]) if values["settings"] else None
    return VideoRow(**values)
