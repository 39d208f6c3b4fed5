"""The database: videos, their timelines, and the keys that are on their way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import asyncpg

from gpu_service.errors import BusyError, InputError, TransientError
from gpu_service.events import timeline_key
from gpu_service.jobs import SourceRef, Video, VideoResult, VideoStatus
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.connection import connected, lent, lock_key, open_pool, transaction
from gpu_service.sink.database_errors import translating
from gpu_service.sink.locks import advisory_lock
from gpu_service.sink.queries import QUERIES
from gpu_service.sink.read import Reader
from gpu_service.sink.resolve import resolve, stored_address, video_id_taken
from gpu_service.sink.text import REASON_LENGTH, storable
from gpu_service.sink.timeline_rows import check_events, replace_timeline
from gpu_service.sink.version import check_version

_SESSION_WAIT_SECONDS = 600.0
_SEQUENCE_IDS_END = 2**31
"""Ids below come from an application's counter; those we derive are almost never there."""


@dataclass(slots=True)
class _Held:
    """The session that holds a video's lock; one statement at a time."""

    connection: Any
    turn: anyio.Lock = field(default_factory=anyio.Lock)


class Database(Reader):
    """Writes and reads the tables; from :func:`open_database`.

    Whatever is written of a video is written by whoever holds its lock: through the session that
    holds it, so that a run which lost its lock can't publish over the run that took it; or, of a
    video that nobody has locked, under the lock for as long as the statement takes.

    Every method raises :class:`~gpu_service.errors.TransientError` when the database is lost and
    :class:`~gpu_service.errors.SettingsError` when the tables refuse a row, naming the column;
    every write of a video :class:`~gpu_service.errors.BusyError` when another run holds it.
    """

    def __init__(self, pool: asyncpg.Pool, settings: DatabaseSettings) -> None:
        super().__init__(pool)
        self._settings = settings
        self._held: dict[int, _Held] = {}

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

    @asynccontextmanager
    async def lock_video(self, video_id: int) -> AsyncIterator[None]:
        """Keep every other run off this video; ends with the block or the process.

        :raises BusyError: another run, in whatever process, holds it.
        """
        key = self._video_key(video_id)
        async with advisory_lock(self._settings, key, what=f"video {video_id}") as connection:
            self._held[video_id] = _Held(connection)
            try:
                yield
            finally:
                del self._held[video_id]

    @asynccontextmanager
    async def while_locked(self, video_id: int) -> AsyncIterator[None]:
        """Cancel the block as soon as the session that holds the video's lock is lost.

        Another run may take the video from then on: whatever this one still did, hours of
        decoding or a late put, would be in vain or in its way.

        :raises TransientError: ``database_lost``, when that happened.
        """
        connection = self._held[video_id].connection
        with anyio.CancelScope() as scope:

            def lost(_: object) -> None:
                scope.cancel()

            connection.add_termination_listener(lost)
            try:
                yield
            finally:
                connection.remove_termination_listener(lost)
        if scope.cancelled_caught:
            raise TransientError(
                f"video {video_id}: the connection to the database was lost, and the lock with it",
                reason="database_lost",
            )

    async def is_locked(self, video_id: int) -> bool:
        """Whether a run is working on the video right now."""
        rows = await self._fetch("looking for a lock", "is_locked", self._video_key(video_id))
        return bool(rows[0][0])

    @asynccontextmanager
    async def session_lock(
        self, session_folder: str, *, wait_seconds: float = _SESSION_WAIT_SECONDS
    ) -> AsyncIterator[None]:
        """One contact sheet of a session at a time; waits for its turn.

        :raises BusyError: the turn did not come in ``wait_seconds``.
        """
        key = lock_key(self._settings.schema_name, "session", session_folder)
        what = f"the contact sheet of session {session_folder}"
        async with advisory_lock(self._settings, key, what=what, wait_seconds=wait_seconds):
            yield

    async def begin(self, video: Video) -> None:
        """Make or update the video's row: running, no reason. Its published events stay.

        The contact sheet of a session that it leaves becomes a stale key (:meth:`stale_keys`).

        :raises SettingsError: ``video_id_taken``.
        """
        bucket, key = stored_address(video.source)
        async with self._writing(video.id, f"beginning video {video.id}") as connection:
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

    async def note_intents(self, video_id: int, keys: Sequence[str]) -> None:
        """Put keys on record before their objects are stored; committed when it returns."""
        async with self._writing(video_id, f"noting keys of video {video_id}") as connection:
            await connection.execute(QUERIES["note_intents"], video_id, list(keys))

    async def publish(
        self,
        result: VideoResult,
        *,
        pin_etag: str,
        model: str,
        fingerprint: str,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Swap the video's timeline for ``result.events``, in one transaction.

        Readers see all of the old rows or all of the new ones. Rows that the service did not make
        stay. Keys of rows that go become stale (:meth:`stale_keys`), keys that rows now point at
        are no longer noted. The status stays ``running`` until :meth:`finish`.

        :param settings: what shaped the result, kept with it.
        :raises InputError: ``video_deleted`` when its row was removed meanwhile.
        :raises InternalError: an event's id is taken, or its type or key too long; nothing changed.
        """
        check_events(result.events)
        video_id = result.video.id
        async with self._writing(video_id, f"publishing video {video_id}") as connection:
            if not await connection.fetchval(QUERIES["lock_row"], video_id):
                raise InputError(
                    f"video {video_id}: its row was deleted while it was analysed",
                    reason="video_deleted",
                )
            await replace_timeline(connection, video_id, result.events)
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

    async def finish(
        self, video_id: int, status: VideoStatus, reason: str | None, message: str | None
    ) -> None:
        """Set the last status, once everything it promises is there."""
        async with self._writing(video_id, f"finishing video {video_id}") as connection:
            await self._set_status(connection, video_id, status, reason, message)

    async def fail(self, video_id: int, reason: str, message: str) -> None:
        """Say why there is no new result; events published earlier stay. No row, nothing done."""
        what = f"marking video {video_id} as failed"
        status = VideoStatus.FAILED
        try:
            async with self._writing(video_id, what) as connection:
                await self._set_status(connection, video_id, status, reason, message)
        except TransientError as error:
            if error.reason != "database_lost" or video_id not in self._held:
                raise
            # The lock went with its session: write only if nobody else took it. The pool's
            # sessions may have ended as well, and do not know it yet.
            try:
                async with self._briefly_locked(video_id, what, anew=True) as connection:
                    await self._set_status(connection, video_id, status, reason, message)
            except TransientError as again:
                raise (error if again.reason == "database_down" else again) from again

    async def clear_intents(self, keys: Sequence[str]) -> None:
        """Forget keys whose objects have been deleted."""
        what = "clearing keys"
        async with lent(self._pool, what) as connection:
            with translating(what):
                await connection.execute(QUERIES["clear_intents"], list(keys))

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
    async def _writing(self, video_id: int, what: str) -> AsyncIterator[Any]:
        held = self._held.get(video_id)
        if held is None:
            async with self._briefly_locked(video_id, what) as connection:
                yield connection
        else:
            async with held.turn, transaction(held.connection, what):
                with translating(what):
                    yield held.connection

    @asynccontextmanager
    async def _briefly_locked(
        self, video_id: int, what: str, *, anew: bool = False
    ) -> AsyncIterator[Any]:
        session = connected(self._settings) if anew else lent(self._pool, what)
        async with session as connection, transaction(connection, what):
            with translating(what):
                key = self._video_key(video_id)
                if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", key):
                    raise BusyError(f"video {video_id}: another run is working on it")
                yield connection

    def _video_key(self, video_id: int) -> int:
        return lock_key(self._settings.schema_name, "video", video_id)


@asynccontextmanager
async def open_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A pool of connections for the block.

    :raises SettingsError: DATABASE_URL is missing or wrong, the login fails, the database is not
        there, or ``not_migrated``: the tables are missing, older or newer than this version's.
    :raises TransientError: ``database_down``.
    """
    async with open_pool(settings) as pool:
        await check_version(pool, settings.schema_name)
        yield Database(pool, settings)
