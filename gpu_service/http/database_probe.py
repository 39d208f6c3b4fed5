"""Whether the database answers, for whoever asks, however often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from gpu_service.errors import GpuServiceError
from gpu_service.http.database_reads import database_silent, in_time


class _Answer:
    def __init__(self) -> None:
        self.known = anyio.Event()
        self.error: GpuServiceError | None = None


class DatabaseProbe:
    """Asks once for all who want to know meanwhile.

    To give up a statement of a database that is silent takes seconds, during which its connection
    stays out of the pool: nobody waits for that, and no second connection goes the same way.

    :param check: asks the database.
    :param seconds: the longest that anybody waits.
    """

    def __init__(self, check: Callable[[], Awaitable[None]], *, seconds: float = 2.0) -> None:
        self._check = check
        self._seconds = seconds
        self._wanted = anyio.Event()
        self._answer: _Answer | None = None

    async def ask(self) -> None:
        """Return if the database answers.

        :raises TransientError: it is down or silent.
        :raises SettingsError: it answers, and its tables are not those of this version.
        """
        if self._answer is None:
            self._answer = _Answer()
            self._wanted.set()
        answer = self._answer
        with anyio.move_on_after(self._seconds):
            await answer.known.wait()
        if not answer.known.is_set():
            raise database_silent(self._seconds)
        if answer.error is not None:
            # An exception that is raised in several tasks mixes up their stories.
            error = answer.error
            raise type(error)(error.message, reason=error.reason) from error

    async def run(self) -> None:
        """Find the answers, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            answer, error = self._answer, await self._asked()
            self._answer = None
            if answer is not None:
                answer.error = error
                answer.known.set()

    async def _asked(self) -> GpuServiceError | None:
        try:
            with in_time(self._seconds):
                await self._check()
        except GpuServiceError as error:
            return error
        return None
