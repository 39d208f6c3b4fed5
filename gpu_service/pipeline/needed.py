"""Which frames of a video a picture may still be wanted of; the packets before them can go."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from gpu_service.decode.base import VideoDecoder
from gpu_service.events import Event


class NeededFrames:
    """Follows one video's events from the model to their pictures; for the event loop's thread."""

    def __init__(self, decoder: VideoDecoder) -> None:
        self._decoder = decoder
        self._settled: deque[int] = deque()
        self._open_pts: int | None = None

    def settle(self, events: Sequence[Event], open_pts: int | None) -> None:
        """These events' pictures are wanted from now on.

        :param open_pts: no event to come has its picture before that; None: that is not known.
        """
        self._settled += [event.thumbnail_pts for event in events]
        self._open_pts = open_pts
        self._forget()

    def made(self, event: Event) -> None:
        """This event's picture is there, or has to wait for the end of the scan."""
        self._settled.remove(event.thumbnail_pts)
        self._forget()

    def _forget(self) -> None:
        if self._settled:
            self._decoder.forget_before(self._settled[0])
        elif self._open_pts is not None:
            self._decoder.forget_before(self._open_pts)
