"""The comparison itself, with rivals that only say what they took and found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cases import against_naive
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import WrongResultsError
from benchmarks.place import Place, Video
from benchmarks.rivals.base import Attempt
from tests.benchmarks.cases.attempts import finished
from tests.support.media import media

_EVENTS = {
    "realshort.mp4": [(0, 36)],
    "Megamind.avi": [(1, 98), (98, 270)],
    "h265_video.mp4": [(0, 10)],
}


class _Rival:
    """Takes ``seconds`` a round, one after another."""

    def __init__(self, name: str, seconds: Sequence[float], order: list[str]) -> None:
        self.name = name
        self.does = ""
        self.change: Callable[[Attempt], Attempt] = lambda attempt: attempt
        self._seconds = iter(seconds)
        self._order = order

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        self._order.append(f"{self.name}{' warm-up' if 'warm-up' in log else ''}")
        seconds = 1.0 if "warm-up" in log else next(self._seconds)
        names = [video.name for video in videos]
        step = {video.name: facts_of(video.path).even_frame_seconds for video in videos}
        return self.change(
            Attempt(
                finished(seconds + 1),
                seconds,
                {
                    name: [(a * step[name], b * step[name]) for a, b in _EVENTS[name]]
                    for name in names
                },
                {name: len(_EVENTS[name]) for name in names},
                {name: _EVENTS[name] for name in names},
            )
        )


@pytest.fixture
def order() -> list[str]:
    return []


@pytest.fixture
def rivals(monkeypatch: pytest.MonkeyPatch, order: list[str]) -> tuple[_Rival, _Rival]:
    ours, naive = _Rival("ours", (2.0, 3.0, 4.0), order), _Rival("naive", (8.0, 9.0, 16.0), order)
    monkeypatch.setattr(against_naive, "Ours", lambda: ours)
    monkeypatch.setattr(against_naive, "Naive", lambda: naive)
    return ours, naive


@pytest.fixture
def context(bench_place: Place, tmp_path: Path) -> Context:
    folder = media("Megamind.avi").parent
    return Context(bench_place, folder, tmp_path, repeats=3, quick=True)


def test_ratios_are_of_one_round_and_both_are_warm(
    context: Context, rivals: tuple[_Rival, _Rival], order: list[str]
) -> None:
    outcome = against_naive.run(context, "batch", "3")
    work, whole = outcome.figures[:2]
    assert work.samples == (8 / 2, 9 / 3, 16 / 4)
    assert whole.samples == (9 / 3, 10 / 4, 17 / 5)
    assert (whole.at_least, work.at_least) == (None, 3.0)
    assert order[:2] == ["ours warm-up", "naive warm-up"]
    assert order[2:] == ["naive", "ours", "ours", "naive", "naive", "ours"]


def test_other_events_give_no_time(
    context: Context, rivals: tuple[_Rival, _Rival], order: list[str]
) -> None:
    rivals[0].change = lambda attempt: replace(
        attempt, events={**attempt.events, "Megamind.avi": [(0.0, 11.26)]}
    )
    with pytest.raises(WrongResultsError, match=r"Megamind.avi: 1 events, the other has 2"):
        against_naive.run(context, "batch", "3")
    # The first round was the last.
    assert len(order) == 4


def test_an_event_without_a_thumbnail_gives_no_time(
    context: Context, rivals: tuple[_Rival, _Rival]
) -> None:
    rivals[0].change = lambda attempt: replace(
        attempt, pictures={**attempt.pictures, "Megamind.avi": 1}
    )
    with pytest.raises(WrongResultsError, match=r"Megamind.avi: 1 thumbnails of 2 events"):
        against_naive.run(context, "batch", "3")


def test_thumbnails_that_naive_lacks_are_told(
    context: Context, rivals: tuple[_Rival, _Rival]
) -> None:
    rivals[1].change = lambda attempt: replace(
        attempt, pictures={**attempt.pictures, "Megamind.avi": 0}
    )
    outcome = against_naive.run(context, "batch", "3")
    assert any("could not read: {'Megamind.avi': 2}" in note for note in outcome.notes)
