"""What the process of a run and those that it started tell each other."""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import UNIXSocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from gpu_service.errors import GpuServiceError
from gpu_service.jobs import SourceRef, VideoJob, VideoResult
from gpu_service.run_summary import RunPart
from gpu_service.settings import Settings

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class SetUp:
    """To a process, first of all.

    :param settings: with its share of what all may use.
    :param sources: one of S3 if there is any.
    :param timeline_zero_seconds: when the run's timeline begins; None: there is none.
    :param number: the process's, from 1 on.
    """

    settings: Settings
    local: bool
    sources: tuple[SourceRef, ...]
    timeline_zero_seconds: float | None
    number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """From a process: it has room for another video."""


@dataclass(frozen=True, slots=True)
class Refused:
    """From a process: it takes no more videos."""


@dataclass(frozen=True, slots=True)
class Given:
    """To a process: the video that it wanted; None: there are no more."""

    job: VideoJob | None


@dataclass(frozen=True, slots=True)
class Progressed:
    """From a process: how far a stage of a video is; not every one is told."""

    job: VideoJob
    stage: str
    fields: dict[str, object]


@dataclass(frozen=True, slots=True)
class Done:
    """From a process: a video is over."""

    job: VideoJob
    result: VideoResult


@dataclass(frozen=True, slots=True)
class Ended:
    """From a process: its last message.

    :param error: what ended it before its videos did.
    :param timeline_failure: why its part of the timeline is not whole.
    """

    part: RunPart
    error: GpuServiceError | None
    timeline_failure: OSError | None = None


class Channel:
    """One end of the talk."""

    def __init__(self, stream: UNIXSocketStream) -> None:
        self._stream = stream
        self._bytes = BufferedByteReceiveStream(stream)
        self._length: int | None = None
        """Of the message that comes, once known."""
        self._sending = anyio.Lock()

    async def send(self, message: object) -> None:
        """Send one message, whole, once those before it are on their way.

        :raises anyio.BrokenResourceError: the other end is gone.
        """
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        async with self._sending:
            with anyio.CancelScope(shield=True):
                await self._stream.send(_LENGTH.pack(len(data)) + data)

    async def receive(self) -> Any:
        """The next message; cancelled, it comes the next time.

        :raises anyio.EndOfStream: the other end is gone.
        """
        try:
            if self._length is None:
                header = await self._bytes.receive_exactly(_LENGTH.size)
                (self._length,) = _LENGTH.unpack(header)
            data = await self._bytes.receive_exactly(self._length)
        except (anyio.IncompleteRead, anyio.BrokenResourceError) as error:
            raise anyio.EndOfStream from error
        self._length = None
        # It is a process of our own that speaks, on a socket that nobody else has.
        return pickle.loads(data)


@asynccontextmanager
async def open_channel(end: socket.socket) -> AsyncIterator[Channel]:
    """Over one end of a pair of sockets, which is closed with the block."""
    async with await UNIXSocketStream.from_socket(end) as stream:
        yield Channel(stream)
