"""What the packet cache may forget: never what a settled event's picture still needs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from gpu_service.decode.base import NoPicture
from gpu_service.events import Event
from gpu_service.frames import DetectorFrames
from gpu_service.jobs import Damage
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.timeline import FrameTimes


class Forgetful:
    """A decoder that is only ever told to forget."""

    backend = "none"
    time_base = Fraction(1)
    declared_frames: int | None = None
    damage: Damage | None = None

    def __init__(self) -> None:
        self.kept_from = 0

    def forget_before(self, pts: int) -> None:
        self.kept_from = max(self.kept_from, pts)

    def scan(self, chunk_frames: int = 64) -> Iterator[DetectorFrames]:
        raise NotImplementedError

    def picture(self, pts: int) -> NoPicture:
        raise NotImplementedError

    def times(self) -> FrameTimes:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def event(pts: int) -> Event:
    at = Fraction(pts)
    return Event(pts, at, at + 1, "shot", "", pts, at, f"{pts}.jpg")


def test_an_event_that_goes_on_keeps_its_middle() -> None:
    decoder = Forgetful()
    needed = NeededFrames(decoder)

    needed.settle([], None)
    assert decoder.kept_from == 0
    needed.settle([], 20)
    assert decoder.kept_from == 20
    needed.settle([], 45)
    assert decoder.kept_from == 45


def test_a_settled_event_is_kept_until_its_picture_is_made() -> None:
    decoder = Forgetful()
    needed = NeededFrames(decoder)

    needed.settle([event(30), event(70)], 100)
    assert decoder.kept_from == 30
    needed.settle([], 120)
    assert decoder.kept_from == 30
    needed.made(event(30))
    assert decoder.kept_from == 70
    needed.made(event(70))
    assert decoder.kept_from == 120
