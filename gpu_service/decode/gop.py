"""Pictures that lean on nothing else, handed from the thread that reads to one that decodes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.closed_gops import FRAME_BYTES
from gpu_service.decode.downscale import Downscaled


class AbandonedError(Exception):
    """Nobody wants the frames of this group any more."""


class SpoiltError(Exception):
    """A group did not give every frame, each in its turn and whole."""


class Gop:
    """A closed group, or several short ones in a row.

    Packets go in while earlier ones are being decoded; frames come out alike.
    """

    def __init__(self) -> None:
        self.packets: list[tuple[int, Packet[VideoStream]]] = []
        """All so far, with their numbers; for the thread that reads."""
        self.nbytes = 0
        """Of them, and of the frames that they become."""
        self.taken: set[int] = set()
        """Packets whose frames have been taken."""
        self.is_spoilt = False
        self._complete = False
        self._abandoned = False
        self._done = False
        self._failure: BaseException | None = None
        self._frames: deque[Downscaled] = deque()
        self._changed = threading.Condition()

    def put(self, number: int, packet: Packet[VideoStream]) -> None:
        """The next packet."""
        with self._changed:
            self.packets.append((number, packet))
            self.nbytes += packet.size + FRAME_BYTES
            self._changed.notify_all()

    def complete(self) -> None:
        """No more packets."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Let the thread that decodes stop."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()

    def take(self, *, wait: bool) -> Iterator[Downscaled]:
        """The next frames: all that are there, or, waiting, all up to the end.

        :raises Exception: what the thread that decodes has failed with.
        """
        while True:
            with self._changed:
                while wait and not self._frames and not self._done:
                    self._changed.wait()
                if not self._frames:
                    if self._failure is not None:
                        raise self._failure
                    return
                frames = self._frames.popleft()
            self.taken.update(note.packet for note in frames.notes)
            yield frames

    @property
    def is_done(self) -> bool:
        """Whether it has come whole, and every frame has been taken."""
        with self._changed:
            return self._done and not (self._frames or self._failure or self.is_spoilt)

    def feed(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """Every packet, for the thread that decodes.

        :raises AbandonedError: there is no need to go on.
        """
        place = 0
        while True:
            with self._changed:
                while not (self._abandoned or self._complete or place < len(self.packets)):
                    self._changed.wait()
                if self._abandoned:
                    raise AbandonedError
                if place == len(self.packets):
                    return
                number, packet = self.packets[place]
            place += 1
            yield number, packet

    def give(self, frames: Downscaled) -> None:
        """The next frames, from the thread that decodes."""
        with self._changed:
            self._frames.append(frames)
            self._changed.notify_all()

    def finish(self, failure: BaseException | None = None) -> None:
        """It is decoded, or was as far as it went."""
        with self._changed:
            self.is_spoilt = isinstance(failure, SpoiltError)
            expected = isinstance(failure, (SpoiltError, AbandonedError))
            self._failure = None if expected else failure
            self._done = True
            self._changed.notify_all()
