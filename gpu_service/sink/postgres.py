"""The database: videos, their timelines, and the keys that are on their way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from gpu_service.errors import InputError, TransientError
from gpu_service.events import Event, timeline_key
from gpu_service.jobs import SourceRef, Video, VideoResult, VideoStatus
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.connection import lent, open_pool
from gpu_service.sink.database_errors import translating
from gpu_service.sink.queries import QUERIES
from gpu_service.sink.resolve import resolve, stored_address, video_id_taken
from gpu_service.sink.retry import Retries, repeated
from gpu_service.sink.text import REASON_LENGTH, storable
from gpu_service.sink.timeline_rows import add_to_timeline, check_events, replace_timeline
from gpu_service.sink.version import check_version
from gpu_service.sink.video_locks import VideoLocks

_SEQUENCE_IDS_END = 2**31
"""Ids below come from an application's counter; those we derive are almost never there."""


class Database(VideoLocks):
    """Writes and reads the tables; from :func:`open_database`.

    Whatever is written of a video is written by whoever holds its lock: through the session that
    holds it, so that a run which lost its lock can't publish over the run that took it; or, of a
    video that nobody has locked, under the lock for as long as the statement takes. A transaction
    that met another one (deadlock, lock timeout, statement timeout) is repeated, a bounded number
    of times.

    Every method raises :class:`~gpu_service.errors.TransientError` when the database is lost and
    :class:`~gpu_service.errors.SettingsError` when the tables refuse a row, naming the column;
    every write of a video :class:`~gpu_service.errors.BusyError` when another run holds it.
    """

    async def check(self) -> None:
        """Find out whether the database answers.

        :raises SettingsError: ``not_migrated`` or ``database_newer``, as :func:`open_database`.
        """
        await check_version(self._pool, self._settings.schema_name)

    async def resolve_video(
        self, ref: SourceRef, video_id: int | None = None, session: str | None = None
    ) -> Video:
        """Find the source's place; writes nothing.

        The id is the one given, else that in the key, else that of the row with this bucket and
        key, else derived from the address. The session is the one given, in the key, or the row's.

        :raises SettingsError: ``video_id_taken`` when the id's row has another bucket or key (an
            empty key fits every source); ``bad_key`` for a session that no object key can hold.
        """
        what = f"looking up {ref}"
        async with lent(self._pool, what) as connection:
            with translating(what):
                return await resolve(connection, ref, video_id, session)

    async def begin(self, video: Video) -> None:
        """Make or update the video's row: running, no reason. Its published events stay.

        The contact sheet of a session that it leaves becomes a stale key (:meth:`stale_keys`).

        :raises SettingsError: ``video_id_taken``.
        """
        bucket, key = stored_address(video.source)

        async def begin(connection: Any) -> None:
            before = await connection.fetchrow(QUERIES["video_by_id"], video.id)
            row = await connection.fetchrow(
                QUERIES["begin"], video.id, video.session_id, bucket, key
            )
            if row is None:
                raise video_id_taken(video.source, video.id)
            if row["is_new"] and video.id < _SEQUENCE_IDS_END:
                await connection.execute(QUERIES["advance_sequence"], video.id)
            left = None if before is None else Video(video.id, before["session_id"], video.source)
            if left is not None and left.session_folder != video.session_folder:
                sheet = timeline_key(left.session_folder)
                await connection.execute(QUERIES["note_intents"], video.id, [sheet])

        await self._write(video.id, f"beginning video {video.id}", begin)

    async def note_intents(self, video_id: int, keys: Sequence[str]) -> None:
        """Put keys on record before their objects are stored; committed when it returns."""

        async def note(connection: Any) -> None:
            await connection.execute(QUERIES["note_intents"], video_id, list(keys))

        await self._write(video_id, f"noting keys of video {video_id}", note)

    async def add_events(self, video_id: int, events: Sequence[Event]) -> None:
        """Commit rows of a timeline that still grows; the same event may be added again.

        :raises InputError: ``video_deleted`` when the video's row was removed meanwhile.
        :raises InternalError: as :meth:`publish`.
        """
        check_events(events)

        async def add(connection: Any) -> None:
            await self._lock_row(connection, video_id)
            await add_to_timeline(connection, video_id, events)

        await self._write(video_id, f"adding events of video {video_id}", add)

    async def publish(
        self,
        result: VideoResult,
        *,
        committed: Collection[int] = (),
        pin_etag: str,
        model: str,
        fingerprint: str,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Swap the video's timeline for ``result.events``, in one transaction.

        Readers see all of the old rows or all of the new ones. Rows that the service did not make
        stay. Keys of rows that go become stale (:meth:`stale_keys`), keys that rows now point at
        are no longer noted. The status stays ``running`` until :meth:`finish`.

        :param committed: ids of events whose rows :meth:`add_events` has written already.
        :param settings: what shaped the result, kept with it.
        :raises InputError: ``video_deleted`` when its row was removed meanwhile.
        :raises InternalError: an event's id is taken, or its type or key too long; nothing changed.
        """
        check_events(result.events)
        video_id = result.video.id

        async def swap(connection: Any) -> None:
            await self._lock_row(connection, video_id)
            await replace_timeline(connection, video_id, result.events, committed)
            await connection.execute(
                QUERIES["describe_result"],
                video_id,
                pin_etag,
                result.duration_seconds,
                result.frames,
                result.object_size,
                result.bytes_read,
                result.device,
                result.backend,
                model,
                fingerprint,
                None if settings is None else json.dumps(settings),
            )

        await self._write(video_id, f"publishing video {video_id}", swap)

    async def withdraw(self, video_id: int) -> None:
        """Remove the rows of a timeline that was never published whole; their keys become stale.

        Nothing happens where the video has a result, or no row.
        """

        async def remove(connection: Any) -> None:
            await self._withdraw(connection, video_id)

        await self._write(video_id, f"withdrawing video {video_id}", remove)

    async def _withdraw(self, connection: Any, video_id: int) -> None:
        if await connection.fetchval(QUERIES["has_no_result"], video_id):
            await replace_timeline(connection, video_id, [])

    async def _lock_row(self, connection: Any, video_id: int) -> None:
        if not await connection.fetchval(QUERIES["lock_row"], video_id):
            raise InputError(
                f"video {video_id}: its row was deleted while it was analysed",
                reason="video_deleted",
            )

    async def finish(
        self, video_id: int, status: VideoStatus, reason: str | None, message: str | None
    ) -> None:
        """Set the last status, once everything it promises is there."""

        async def set_status(connection: Any) -> None:
            await self._set_status(connection, video_id, status, reason, message)

        await self._write(video_id, f"finishing video {video_id}", set_status)

    async def fail(
        self, video_id: int, reason: str, message: str, *, withdraw: bool = False
    ) -> None:
        """Say why there is no new result; events published earlier stay. No row, nothing done.

        :param withdraw: in the same transaction, remove rows as :meth:`withdraw` does.
        """
        what = f"marking video {video_id} as failed"

        async def mark(connection: Any) -> None:
            if withdraw:
                await self._withdraw(connection, video_id)
            await self._set_status(connection, video_id, VideoStatus.FAILED, reason, message)

        try:
            await self._write(video_id, what, mark)
        except TransientError as error:
            if error.reason != "database_lost" or video_id not in self._held:
                raise
            # The lock went with its session: write only if nobody else took it. The pool's
            # sessions may have ended as well, and do not know it yet.
            try:
                async with self._briefly_locked(video_id, what, anew=True) as connection:
                    await mark(connection)
            except TransientError as again:
                raise (error if again.reason == "database_down" else again) from again

    async def clear_intents(self, keys: Sequence[str]) -> None:
        """Forget keys whose objects have been deleted."""
        what = "clearing keys"

        async def clear() -> None:
            async with lent(self._pool, what) as connection:
                with translating(what):
                    await connection.execute(QUERIES["clear_intents"], list(keys))

        await repeated(clear, self._retries)

    async def _set_status(
        self,
        connection: Any,
        video_id: int,
        status: VideoStatus,
        reason: str | None,
        message: str | None,
    ) -> None:
        await connection.execute(
            QUERIES["finish"],
            video_id,
            str(status),
            None if reason is None else storable(reason)[:REASON_LENGTH],
            None if message is None else storable(message),
        )


@asynccontextmanager
async def open_database(
    settings: DatabaseSettings, retries: Retries | None = None
) -> AsyncIterator[Database]:
    """A pool of connections for the block.

    :param retries: of transactions that met another one; None: the usual ones.
    :raises SettingsError: DATABASE_URL is missing or wrong, the login fails, the database is not
        there, or ``not_migrated``: the tables are missing, older or newer than this version's.
    :raises TransientError: ``database_down``.
    """
    async with open_pool(settings) as pool:
        await check_version(pool, settings.schema_name)
        yield Database(pool, settings, retries or Retries())
