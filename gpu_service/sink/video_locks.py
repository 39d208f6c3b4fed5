"""Whose turn it is to write of a video: the locks, and the sessions that hold them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import asyncpg

from gpu_service.errors import BusyError, TransientError
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.connection import connected, lent, lock_key, transaction
from gpu_service.sink.database_errors import translating
from gpu_service.sink.locks import advisory_lock
from gpu_service.sink.read import Reader
from gpu_service.sink.retry import Retries, repeated

_SESSION_WAIT_SECONDS = 600.0


@dataclass(slots=True)
class _Held:
    """The session that holds a video's lock; one statement at a time."""

    connection: Any
    turn: anyio.Lock = field(default_factory=anyio.Lock)


class VideoLocks(Reader):
    """A :class:`~gpu_service.sink.read.Reader` that can also keep others off a video."""

    def __init__(self, pool: asyncpg.Pool, settings: DatabaseSettings, retries: Retries) -> None:
        super().__init__(pool)
        self._settings = settings
        self._retries = retries
        self._held: dict[int, _Held] = {}

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

    async def _write(
        self, video_id: int, what: str, statements: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Run statements as :meth:`_writing` does, again where another transaction was in the way.

        :param statements: takes the connection; done twice it leaves what once leaves.
        """

        async def transact() -> None:
            async with self._writing(video_id, what) as connection:
                await statements(connection)

        await repeated(transact, self._retries)

    @asynccontextmanager
    async def _writing(self, video_id: int, what: str) -> AsyncIterator[Any]:
        """A transaction that only the holder of the video's lock can have, for the block."""
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
