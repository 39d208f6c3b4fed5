"""Events on their way from one stage to the next."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from gpu_service.events import Event


class EventQueue:
    """Takes events at once and gives out, in order, all that have gathered.

    Holds references to what the video's result holds anyway. That a slow stage behind it never
    stops the one before matters: the model must not wait for one video's uploads.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._closed = False
        self._changed = anyio.Event()

    def put(self, events: Sequence[Event]) -> None:
        """Add events."""
        self._events += events
        self._wake()

    def close(self) -> None:
        """No more come."""
        self._closed = True
        self._wake()

    async def take(self) -> list[Event]:
        """All that are there, waiting for at least one; none at the end."""
        while not self._events and not self._closed:
            await self._changed.wait()
        taken, self._events = self._events, []
        return taken

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
