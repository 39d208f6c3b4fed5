"""Pictures that lean on nothing else, handed from the thread that reads to one that decodes."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue

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
        self.is_done = False
        """Whether it has come whole, and every frame has been taken."""
        self.is_spoilt = False
        """Whether every frame has been taken that it gave before one did not come whole."""
        self._abandoned = False
        self._failure: BaseException | None = None
        self._to_decode: SimpleQueue[tuple[int, Packet[VideoStream]] | None] = SimpleQueue()
        self._frames: SimpleQueue[Downscaled | None] = SimpleQueue()

    def put(self, number: int, packet: Packet[VideoStream]) -> None:
        """The next packet."""
        self.packets.append((number, packet))
        self.nbytes += packet.size + FRAME_BYTES
        self._to_decode.put((number, packet))

    def complete(self) -> None:
        """No more packets."""
        self._to_decode.put(None)

    def abandon(self) -> None:
        """Let the thread that decodes stop."""
        self._abandoned = True
        self._to_decode.put(None)

    def take(self, *, wait: bool) -> Iterator[Downscaled]:
        """The next frames: all that are there, or, waiting, all up to the end.

        :raises Exception: what the thread that decodes has failed with.
        """
        while not (self.is_done or self.is_spoilt) and (wait or not self._frames.empty()):
            frames = self._frames.get()
            if frames is None:
                self._end()
                return
            self.taken.update(note.packet for note in frames.notes)
            yield frames

    def feed(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """Every packet, for the thread that decodes.

        :raises AbandonedError: there is no need to go on.
        """
        while (packet := self._to_decode.get()) is not None and not self._abandoned:
            yield packet
        if self._abandoned:
            raise AbandonedError

    def give(self, frames: Downscaled) -> None:
        """The next frames, from the thread that decodes."""
        self._frames.put(frames)

    def finish(self, failure: BaseException | None = None) -> None:
        """It is decoded, or was as far as it went."""
        self._failure = failure
        self._frames.put(None)

    def _end(self) -> None:
        if self._failure is None:
            self.is_done = True
        elif isinstance(self._failure, SpoiltError):
            self.is_spoilt = True
        else:
            raise self._failure
