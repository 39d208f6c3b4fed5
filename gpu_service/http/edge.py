"""Around the application: what its frameworks would answer in words of their own."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpu_service.errors import InputError, TransientError
from gpu_service.http.answers import BODY_TOO_LARGE, error_answer


class Edge:
    """The same application, whose refusals have the shape of all errors.

    :param app: bounds the bodies that do not say how long they are.
    :param body_bytes: the longest body that a request may announce.
    """

    def __init__(self, app: ASGIApp, *, body_bytes: int) -> None:
        self._app = app
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        announced = Headers(scope=scope).get("content-length", "0")
        if int(announced) > self._body_bytes:
            error = InputError(
                f"a body of {announced} bytes, of {self._body_bytes} at most",
                reason=BODY_TOO_LARGE,
            )
            answer = error_answer(error, 413)
            # What is left of the body is nobody's.
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        await self._answered_at_the_end(scope, receive, send)

    async def _answered_at_the_end(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            # The server has stopped, and has waited as long as it does for what is unfinished.
            # Left to itself it calls that a fault of the application.
            if begun:
                raise
            error = TransientError("the server is stopping; ask again later", reason="not_ready")
            await error_answer(error)(scope, receive, send)
