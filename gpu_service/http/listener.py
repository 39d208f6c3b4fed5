"""The HTTP server on its socket: where it listens, and how it stops."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.lowlevel
import uvicorn
from starlette.types import ASGIApp

from gpu_service.errors import InternalError, SettingsError
from gpu_service.http.connections import BoundedProtocol, drop_who_does_not_read
from gpu_service.pipeline.groups import task_group

_LAST_ANSWERS_SECONDS = 5
"""How long requests that are being answered may take once the server is stopped."""

_BACKLOG = 128


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that takes connections, for the block.

    :param port: 0 for a free one.
    :raises SettingsError: ``address``: it can't listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"can't listen on {host} port {port}: {error.strerror}; give another --host or --port",
            reason="address",
        ) from error
    drop_who_does_not_read(opened)
    with opened:
        yield opened


def address_of(opened: socket.socket) -> str:
    """Where the socket can be reached."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's, and come as a cancellation."""
        yield


async def serve_http(app: ASGIApp, opened: socket.socket) -> None:
    """Answer requests until cancelled; then take no more, and finish those that are being answered.

    :raises InternalError: the server has ended by itself.
    """
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
    server = _Server(config)

    async def stop_when_cancelled() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            server.should_exit = True

    async with task_group() as group:
        group.start_soon(stop_when_cancelled)
        with anyio.CancelScope(shield=True):
            await server.serve(sockets=[opened])
        await anyio.lowlevel.checkpoint_if_cancelled()
        raise InternalError("the HTTP server has ended by itself")
