from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.downscale import Downscaled, FrameNote
from gpu_service.decode.gop import AbandonedError, Gop, SpoiltError


def packet() -> Packet[VideoStream]:
    made: Packet[Any] = Packet(b"x")
    return made


def frames(*numbers: int) -> Downscaled:
    notes = [FrameNote(n, None, 0, is_corrupt=False, is_b=False) for n in numbers]
    return Downscaled(notes, np.zeros((len(numbers), 27, 48, 3), np.uint8))


def test_packets_go_in_and_frames_come_out() -> None:
    gop = Gop()

    def decode() -> None:
        for number, _ in gop.feed():
            gop.give(frames(number))
        gop.finish()

    thread = threading.Thread(target=decode)
    thread.start()
    for number in range(3):
        gop.put(number, packet())
    gop.complete()
    taken = [note.packet for part in gop.take(wait=True) for note in part.notes]
    thread.join()

    assert taken == [0, 1, 2]
    assert gop.taken == {0, 1, 2}
    assert gop.is_done


def test_what_is_there_is_taken_without_waiting() -> None:
    gop = Gop()
    assert list(gop.take(wait=False)) == []

    gop.give(frames(0, 1))
    gop.give(frames(2))

    assert [len(part.notes) for part in gop.take(wait=False)] == [2, 1]
    assert not gop.is_done


def test_an_abandoned_group_is_not_decoded_on() -> None:
    gop = Gop()
    gop.put(0, packet())
    feed = gop.feed()
    next(feed)

    gop.abandon()

    with pytest.raises(AbandonedError):
        next(feed)


def test_a_spoilt_group_gives_what_was_whole() -> None:
    gop = Gop()
    gop.give(frames(0))
    gop.finish(SpoiltError())
    assert (gop.is_spoilt, gop.is_done) == (False, False)

    assert [len(part.notes) for part in gop.take(wait=True)] == [1]
    assert (gop.is_spoilt, gop.is_done) == (True, False)


@pytest.mark.parametrize("failure", [SpoiltError(), OSError("no room")])
def test_a_group_that_fails_after_all_was_taken_is_not_done(failure: Exception) -> None:
    gop = Gop()
    gop.give(frames(0))
    assert len(list(gop.take(wait=False))) == 1

    gop.finish(failure)

    if isinstance(failure, SpoiltError):
        assert list(gop.take(wait=False)) == []
    else:
        with pytest.raises(OSError, match="no room"):
            list(gop.take(wait=False))
    assert (gop.is_spoilt, gop.is_done) == (isinstance(failure, SpoiltError), False)


def test_a_failure_is_raised_where_frames_are_taken() -> None:
    gop = Gop()
    gop.give(frames(0))
    gop.finish(OSError("no room"))

    taken = gop.take(wait=True)
    next(taken)
    with pytest.raises(OSError, match="no room"):
        next(taken)
