"""Connections within bounds: so many at once, and each with so long to bring a request."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

logger = logging.getLogger("gpu_service.http")

CONNECTIONS = 128
"""Open at once; further ones are closed as they come, before the process runs out of descriptors."""

REQUEST_SECONDS = 10.0
"""From a connection's beginning, or its last answer, until a request has to be there, body included."""

_UNREAD_SECONDS = 10
_SAID_AGAIN_SECONDS = 60.0


def drop_who_does_not_read(opened: socket.socket) -> None:
    """Let the system end connections whose peers take nothing of an answer, or are gone.

    :param opened: the listening socket; the connections inherit it. Only Linux knows how.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_SECONDS * 1000)


class BoundedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1, which itself waits for a request for ever."""

    _said_at: ClassVar[float] = -math.inf
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._say_so()
            transport.abort()
        else:
            self._watch()

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_watching()

    def _watch(self) -> None:
        """It is the peer's turn until its request is there."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_watching()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _say_so(self) -> None:
        """Once in a while: whoever opens too many opens many more."""
        now = self.loop.time()
        if now - BoundedProtocol._said_at > _SAID_AGAIN_SECONDS:
            BoundedProtocol._said_at = now
            logger.warning("%d connections are open; further ones are closed", CONNECTIONS)
