from __future__ import annotations

from collections.abc import Iterator

from benchmarks.simulated.reorder import Shown, in_order


def _packets(*pts: int) -> list[Shown]:
    return [Shown(one, number, number == 0) for number, one in enumerate(pts)]


def test_frames_come_in_the_order_in_which_they_are_shown() -> None:
    shown = list(in_order(_packets(0, 4, 2, 1, 3, 8, 6, 5, 7)))
    assert [frame.pts for frame in shown] == list(range(9))
    assert [frame.packet for frame in shown] == [0, 3, 2, 4, 1, 7, 6, 8, 5]


def test_a_frame_comes_as_soon_as_no_earlier_one_can() -> None:
    seen: list[int] = []

    def packets() -> Iterator[Shown]:
        for packet in _packets(*range(10)):
            seen.append(packet.packet)
            yield packet

    assert next(in_order(packets(), depth=3)).pts == 0
    assert seen == [0, 1, 2, 3]
